import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Application, type TypeDocOptions } from 'typedoc';
import type { PluginOptions } from 'typedoc-plugin-markdown';
import { ROOT } from '../stack/repository.js';
import { PUBLISHED } from '../tarballs/index.js';

type Manifest = {
  readonly name: string;
  readonly exports: Readonly<Record<string, { readonly source?: string; readonly types?: string }>>;
};

/** The sources that others may import, by the specifier to import them with. What is for tests has no types. */
function readDoors(): ReadonlyMap<string, string> {
  return new Map(
    PUBLISHED.flatMap((directory) => {
      const place = join(ROOT, 'packages', directory);
      const { name, exports } = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8')) as Manifest;
      return Object.entries(exports).flatMap(([entry, { source, types }]) =>
        source === undefined || types === undefined
          ? []
          : [[join(name, entry), join(place, source)] as const],
      );
    }),
  );
}

/**
 * Writes the reference of every door of the packages on npm.
 *
 * @returns how many warnings TypeDoc had, which it printed: exports without a docstring, links to nothing.
 */
export async function writeApiReference(directory: string): Promise<{ readonly warnings: number }> {
  const doors = readDoors();
  const options: TypeDocOptions & Partial<PluginOptions> = {
    name: 'API reference',
    plugin: ['typedoc-plugin-markdown'],
    tsconfig: join(ROOT, 'tools/api-reference.tsconfig.json'),
    entryPoints: [...doors.values()],
    outputs: [{ name: 'markdown', path: directory }],
    logLevel: 'Warn',
    readme: 'none',
    router: 'module',
    disableSources: true,
    hidePageHeader: true,
    excludePrivate: true,
    excludeInternal: true,
    gitRevision: 'main',
    validation: { notExported: false, invalidLink: true, notDocumented: true },
    packagesRequiringDocumentation: PUBLISHED.map((name) => `@x402-facilitator/${name}`),
    requiredToBeDocumented: ['Class', 'Enum', 'Function', 'Interface', 'TypeAlias', 'Variable'],
  };
  const app = await Application.bootstrapWithPlugins(options);
  const project = await app.convert();
  if (project === undefined)
    return { warnings: Math.max(1, app.logger.errorCount + app.logger.warningCount) };
  app.validate(project);
  // TypeDoc names a module by its file.
  const packages = join(ROOT, 'packages');
  for (const [door, source] of doors) {
    const name = relative(packages, source).replace(/(?:\/index)?\.ts$/, '');
    const module = project.children?.find((child) => child.name === name);
    if (module === undefined) throw new Error(`expected a module ${name} for ${door}, found none`);
    module.name = door;
  }
  await app.generateOutputs(project);
  return { warnings: app.logger.errorCount + app.logger.warningCount };
}
