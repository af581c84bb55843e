import { readFileSync } from 'node:fs';

/** The version in this package's own manifest, whatever started the process and from wherever. */
export function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) {
    if (typeof manifest.version === 'string') return manifest.version;
  }
  throw new TypeError('expected a version in the manifest of the worker, found none');
}
