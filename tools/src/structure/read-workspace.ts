import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseSync } from 'oxc-parser';

/** Names that a file takes from another module, types included; `all` where the text does not tell which. */
export type Use = { readonly specifier: string; readonly names: readonly string[] | 'all' };

export type SourceFile = {
  readonly lines: number;
  readonly uses: readonly Use[];
  readonly exportedNames: readonly string[];
  /** Modules of which it exports everything. */
  readonly exportedModules: readonly string[];
};

export type WorkspacePackage = {
  readonly name: string;
  /** Relative to the workspace: `packages/cardano`. */
  readonly directory: string;
  /** By path relative to the package. */
  readonly files: ReadonlyMap<string, SourceFile>;
  /** Files that others may import, by the specifier to import them with. */
  readonly doors: ReadonlyMap<string, string>;
};

const PARENTS = ['packages', 'apps', 'examples'];
const OTHERS = ['tools', 'bench'];

/** Reads the sources of every package of the workspace; tests are not among them. */
export function readWorkspace(root: string): readonly WorkspacePackage[] {
  const filesIn = (parent: string) => (existsSync(join(root, parent)) ? readdirSync(join(root, parent)) : []);
  return [...PARENTS.flatMap((parent) => filesIn(parent).map((name) => join(parent, name))), ...OTHERS]
    .filter((directory) => existsSync(join(root, directory, 'package.json')))
    .map((directory) => readPackage(root, directory));
}

function readPackage(root: string, directory: string): WorkspacePackage {
  const manifest = JSON.parse(readFileSync(join(root, directory, 'package.json'), 'utf8')) as {
    readonly name: string;
    readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  };
  const paths = readdirSync(join(root, directory, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => join('src', path))
    .sort();
  const files = new Map(paths.map((path) => [path, readSource(join(root, directory, path))]));
  const doors = Object.entries(manifest.exports ?? {}).flatMap(([entry, target]) => {
    const file = typeof target === 'string' ? target : (target.source ?? target.default ?? '');
    const path = relative('.', file).replace(/^dist\/(.*)\.js$/, 'src/$1.ts');
    return files.has(path) ? [[join(manifest.name, entry), path] as const] : [];
  });
  return { name: manifest.name, directory, files, doors: new Map(doors) };
}

function readSource(path: string): SourceFile {
  const text = readFileSync(path, 'utf8');
  const { module, comments, errors } = parseSync(path, text);
  if (errors[0] !== undefined) throw new Error(`${path}: ${errors[0].message}`);
  let code = text;
  for (const { start, end } of comments)
    code = code.slice(0, start) + ' '.repeat(end - start) + code.slice(end);

  const uses: Use[] = [];
  const seen = new Set<number>();
  for (const { moduleRequest, entries } of module.staticImports) {
    seen.add(moduleRequest.start);
    const names = entries.flatMap(({ importName: { kind, name }, localName }) => {
      if (kind === 'Default') return ['default'];
      return name === null ? membersOf(localName.value, code) : [name];
    });
    uses.push({ specifier: moduleRequest.value, names });
  }
  const exportedNames: string[] = [];
  const exportedModules: string[] = [];
  for (const { moduleRequest, importName, exportName } of module.staticExports.flatMap((it) => it.entries)) {
    if (importName.kind === 'AllButDefault' && moduleRequest !== null)
      exportedModules.push(moduleRequest.value);
    else exportedNames.push(exportName.name ?? 'default');
    if (moduleRequest === null || seen.has(moduleRequest.start)) continue;
    const { name } = importName;
    uses.push({ specifier: moduleRequest.value, names: name === null ? 'all' : [name] });
  }
  for (const { moduleRequest } of module.staticExports.flatMap((it) => it.entries))
    if (moduleRequest !== null) seen.add(moduleRequest.start);
  uses.push(...mentionsIn(code, seen));
  return { lines: text.split('\n').length - 1, uses, exportedNames, exportedModules };
}

/** What is read of a namespace: `x.name`. */
const membersOf = (namespace: string, code: string) =>
  [...code.matchAll(new RegExp(`\\b${namespace}\\.(\\w+)`, 'g'))].map(([, name = '']) => name);

/** `import('x').Name`, `await import('x')`, `import.meta.resolve('x')`, `new URL('./x.js', …)`. */
const MENTION =
  /(?<start>(?:import\(\s*)?)['"](?<specifier>@[\w-]+\/[\w./-]+|\.\.?\/[\w./-]+\.js)['"](?:\s*\)\s*\.\s*(?<member>\w+))?/g;

function mentionsIn(code: string, known: ReadonlySet<number>): Use[] {
  return [...code.matchAll(MENTION)].flatMap((match) => {
    const { start = '', specifier = '', member } = match.groups ?? {};
    if (known.has(match.index + start.length)) return [];
    const isOneName = start !== '' && member !== undefined && member !== 'then';
    return [{ specifier, names: isOneName ? [member] : ('all' as const) }];
  });
}
