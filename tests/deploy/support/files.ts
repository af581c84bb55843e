import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '@x402-facilitator/tools/stack';
import { parse, parseAllDocuments } from 'yaml';

/** A file of the repository as text. */
export function readText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** A YAML file of the repository, with merge keys (`<<`) as Docker, Prometheus and Kubernetes read them. */
export function readYaml<T>(path: string): T {
  return parse(readText(path), { merge: true }) as T;
}

/** Every document of a YAML stream. */
export function parseDocuments<T>(text: string): readonly T[] {
  return parseAllDocuments(text).map((document) => document.toJS() as T);
}

/** The existing files that git tracks, with a matching path. */
export function trackedFiles(pattern: RegExp): readonly string[] {
  const list = (...options: readonly string[]) =>
    spawnSync('git', ['ls-files', ...options], { cwd: ROOT, encoding: 'utf8' }).stdout.split('\n');
  const gone = new Set(list('--deleted'));
  return list('--cached', '--deduplicate').filter(
    (file) => file !== '' && !gone.has(file) && pattern.test(file),
  );
}

/** The pages that people read. */
export const PAGES: readonly string[] = trackedFiles(/\.md$/);
