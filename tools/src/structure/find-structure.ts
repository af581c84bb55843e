import { dirname, join } from 'node:path';
import type { SourceFile, Use, WorkspacePackage } from './read-workspace.js';

export type Room = { readonly name: string; readonly files: number; readonly lines: number };

export type PackageStructure = {
  readonly directory: string;
  /** 1 for a package that imports no other package or app; the others stand one above the highest that they import. */
  readonly level: number;
  readonly imports: readonly string[];
  /** The folders directly below `src`, and each file that lies there itself. */
  readonly rooms: readonly Room[];
};

/** Imports that lead back to where they began. */
export type Circle = {
  /** A package's directory, or the workspace. */
  readonly within: string;
  readonly members: readonly string[];
  /** One import for each step, as `room -> room: file imports file`. */
  readonly steps: readonly string[];
};

export type UnusedExport = { readonly door: string; readonly name: string };

export type Structure = {
  readonly packages: readonly PackageStructure[];
  readonly unused: readonly UnusedExport[];
  readonly circles: readonly Circle[];
};

/** For each node the nodes that it imports, with one example of such an import. */
type Graph = ReadonlyMap<string, ReadonlyMap<string, string>>;

export function findStructure(workspace: readonly WorkspacePackage[]): Structure {
  const packageGraph = graphOf(
    workspace.flatMap(({ directory, files }) =>
      [...files].flatMap(([path, { uses }]) =>
        uses.flatMap(({ specifier }) => {
          const target = ownerOf(specifier, workspace)?.directory;
          return target === undefined ? [] : [[directory, target, `${path} imports ${specifier}`] as const];
        }),
      ),
    ),
  );
  return {
    packages: workspace.map((each) => ({
      directory: each.directory,
      level: levelOf(each.directory, packageGraph),
      imports: [...(packageGraph.get(each.directory)?.keys() ?? [])].sort(),
      rooms: roomsOf(each),
    })),
    unused: workspace.flatMap((each) => findUnused(each, workspace)),
    circles: [
      ...findCircles('the workspace', packageGraph),
      ...workspace.flatMap((each) => findCircles(each.directory, roomGraphOf(each))),
    ],
  };
}

function graphOf(edges: readonly (readonly [from: string, to: string, example: string])[]): Graph {
  const graph = new Map<string, Map<string, string>>();
  for (const [from, to, example] of edges) {
    const targets = graph.get(from) ?? new Map<string, string>();
    graph.set(from, targets);
    if (from !== to && !targets.has(to)) targets.set(to, example);
  }
  return graph;
}

const ownerOf = (specifier: string, workspace: readonly WorkspacePackage[]) =>
  workspace.find(({ name }) => specifier === name || specifier.startsWith(`${name}/`));

function levelOf(directory: string, graph: Graph, below: readonly string[] = []): number {
  const imports = [...(graph.get(directory)?.keys() ?? [])].filter((target) => !below.includes(target));
  return 1 + Math.max(0, ...imports.map((target) => levelOf(target, graph, [...below, directory])));
}

function roomOf(path: string): string {
  const [, first = '', ...rest] = path.split('/');
  return rest.length === 0 ? first : `${first}/`;
}

function roomsOf({ files }: WorkspacePackage): Room[] {
  const rooms = new Map<string, Room>();
  for (const [path, { lines }] of files) {
    const name = roomOf(path);
    const room = rooms.get(name) ?? { name, files: 0, lines: 0 };
    rooms.set(name, { name, files: room.files + 1, lines: room.lines + lines });
  }
  return [...rooms.values()];
}

/** The file of the same package that a specifier means. */
function targetOf(from: string, specifier: string, { files, doors }: WorkspacePackage): string | undefined {
  if (!specifier.startsWith('.')) return doors.get(specifier);
  const path = join(dirname(from), specifier).replace(/\.js$/, '.ts');
  return files.has(path) ? path : undefined;
}

function roomGraphOf(each: WorkspacePackage): Graph {
  return graphOf(
    [...each.files].flatMap(([path, { uses }]) =>
      uses.flatMap(({ specifier }) => {
        const target = targetOf(path, specifier, each);
        return target === undefined
          ? []
          : [[roomOf(path), roomOf(target), `${path} imports ${target}`] as const];
      }),
    ),
  );
}

/** Groups of nodes each of which reaches every other one. */
function findCircles(within: string, graph: Graph): Circle[] {
  const reached = new Map([...graph.keys()].map((node) => [node, reachedFrom(node, graph)]));
  const members = [...graph.keys()].filter((node) => reached.get(node)?.has(node));
  const groups = new Map(
    members.map((node) => {
      const group = members.filter((it) => reached.get(node)?.has(it) && reached.get(it)?.has(node)).sort();
      return [group.join(), group];
    }),
  );
  return [...groups.values()].map((group) => ({
    within,
    members: group,
    steps: group.flatMap((from) =>
      [...(graph.get(from) ?? [])]
        .filter(([to]) => group.includes(to))
        .map(([to, example]) => `${from} -> ${to}: ${example}`),
    ),
  }));
}

function reachedFrom(start: string, graph: Graph): ReadonlySet<string> {
  const reached = new Set<string>();
  const next = [...(graph.get(start)?.keys() ?? [])];
  for (let node = next.pop(); node !== undefined; node = next.pop()) {
    if (reached.has(node)) continue;
    reached.add(node);
    next.push(...(graph.get(node)?.keys() ?? []));
  }
  return reached;
}

/** What strangers install: they use its doors. */
const FOR_STRANGERS = ['packages/client', 'packages/server'];

/** Doors of packages and apps only: tools and examples are there for tests and for strangers to read. */
const hasCheckedDoors = (directory: string) =>
  /^(?:packages|apps)\//.test(directory) && !FOR_STRANGERS.includes(directory);

function findUnused(each: WorkspacePackage, workspace: readonly WorkspacePackage[]): UnusedExport[] {
  if (!hasCheckedDoors(each.directory)) return [];
  const uses = workspace
    .filter((other) => other !== each)
    .flatMap(({ files }) => [...files.values()].flatMap((file) => [...file.uses, ...passedOn(file)]));
  return [...each.doors]
    .filter(([door]) => !door.startsWith(`${each.name}/testing`))
    .flatMap(([door, path]) => {
      const here = uses.filter(({ specifier }) => specifier === door);
      if (here.some(({ names }) => names === 'all')) return [];
      const used = new Set(here.flatMap(({ names }) => names));
      return [...exportsOf(path, each)].filter((name) => !used.has(name)).map((name) => ({ door, name }));
    });
}

const passedOn = ({ exportedModules }: SourceFile): Use[] =>
  exportedModules.map((specifier) => ({ specifier, names: 'all' }));

/** All names of a module, those of `export *` included. */
function exportsOf(path: string, each: WorkspacePackage, seen = new Set<string>()): ReadonlySet<string> {
  const file = each.files.get(path);
  if (file === undefined || seen.has(path)) return new Set();
  seen.add(path);
  const passed = file.exportedModules.flatMap((specifier) => {
    const target = targetOf(path, specifier, each);
    return target === undefined ? [] : [...exportsOf(target, each, seen)];
  });
  return new Set([...file.exportedNames, ...passed.filter((name) => name !== 'default')]);
}
