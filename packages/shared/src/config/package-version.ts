import { readFileSync } from 'node:fs';
import { z } from 'zod';

const manifestSchema = z.object({ version: z.string() });

/**
 * The version in a package's own manifest. It does not depend on the working directory.
 *
 * @param moduleUrl `import.meta.url` of a module directly in the package's `src` or `dist`.
 */
export function readPackageVersion(moduleUrl: string): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', moduleUrl), 'utf8'));
  return manifestSchema.parse(manifest).version;
}
