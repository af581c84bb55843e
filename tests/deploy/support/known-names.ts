import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { REFUSAL_CODES } from '@x402-facilitator/cardano';
import { CONFIG_KEYS } from '@x402-facilitator/shared/config';
import { ROOT } from '@x402-facilitator/tools/stack';
import { readText } from './files.js';
import { knownNames } from './metric-names.js';

/** Every file that git knows and that is still there, with its path matching. */
export function trackedFiles(pattern: RegExp): readonly string[] {
  const { stdout } = spawnSync('git', ['ls-files', '--cached', '--deduplicate'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 16 * 1024 * 1024,
  });
  const { stdout: deleted } = spawnSync('git', ['ls-files', '--deleted'], { cwd: ROOT, encoding: 'utf8' });
  const gone = new Set(deleted.split('\n'));
  return stdout.split('\n').filter((file) => file !== '' && !gone.has(file) && pattern.test(file));
}

/** The pages that people read. The changelog also tells of what is no more. */
export const PAGES: readonly string[] = trackedFiles(/\.md$/).filter((file) => file !== 'CHANGELOG.md');

/** What a deployment is made of, as text; dashboards are read as what they are. */
export const DEPLOYMENT: readonly string[] = trackedFiles(
  /^(deploy\/(?!grafana\/dashboards)|docker-compose\.yml|Dockerfile|\.github\/.*\.yml)/,
);

/** Where something exists that a document may name: what runs, its manifests, and what it is deployed with. */
const CODE = trackedFiles(
  /^((apps|packages|examples)\/[^/]+\/src|tools\/src|bench\/src|scripts|tests\/(chaos|pending|support))\/|package\.json$|^config\/|^pnpm-workspace/,
);

/** Every word of the program itself, and the names that it puts together at run time. */
export function programWords(): ReadonlySet<string> {
  const settings = CONFIG_KEYS.flatMap(({ envName }) => [envName, `${envName}_FILE`]);
  return new Set([...wordsOf(CODE), ...knownNames(), ...REFUSAL_CODES, ...settings]);
}

/** Environment variables that the OpenTelemetry libraries read by themselves, by their own code. */
export function openTelemetryVariables(): ReadonlySet<string> {
  const store = join(ROOT, 'node_modules/.pnpm');
  const packages = readdirSync(store).filter((name) => /^@opentelemetry\+(otlp-|sdk-trace-)/.test(name));
  const { stdout } = spawnSync('grep', ['-rhoE', '--include=*.js', 'OTEL_[A-Z_]+', ...packages], {
    cwd: store,
    encoding: 'utf8',
    maxBuffer: 16 * 1024 * 1024,
  });
  return new Set(stdout.trim().split('\n'));
}

/** What a YAML file, Dockerfile or script says to its readers. */
export const commentsOf = (text: string): string => (text.match(/(?:^|\s)#.*$/gm) ?? []).join('\n');

/** Every word that a deployment is made of; what its comments say is not there for being said. */
export function deploymentWords(): ReadonlySet<string> {
  return new Set(
    DEPLOYMENT.flatMap(
      (file) =>
        readText(file)
          .replace(/(?:^|\s)#.*$/gm, '')
          .match(/\w+/g) ?? [],
    ),
  );
}

function wordsOf(files: readonly string[]): readonly string[] {
  return files.flatMap((file) => readText(file).match(/\w+/g) ?? []);
}

/** The segments of every path that one of our servers answers under, or its client asks for. */
export function routeSegments(): ReadonlySet<string> {
  const paths = trackedFiles(/^(apps|examples|packages)\/[^/]+\/src\//).flatMap((file) =>
    [...readText(file).matchAll(/['"`]\/([\w.:{}/-]*)/g)].map(([, path = '']) => path),
  );
  return new Set(paths.flatMap((path) => path.split('/')));
}

/** The words of `{x402}:…` keys in Redis, from where they are put together. */
export function keySegments(): ReadonlySet<string> {
  const names = trackedFiles(/^(packages\/shared|apps\/(api|worker))\/src\//).flatMap((file) => [
    ...readText(file).matchAll(/(?:\{x402\}|\$\{prefix\}|\$\{QUEUE_PREFIX\})((?::[\w-]+)+)/g),
  ]);
  return new Set(names.flatMap(([, rest = '']) => rest.split(':')));
}

/** Where the program behind an npm script reads its arguments. */
const PROGRAMS: Readonly<Record<string, RegExp>> = {
  bench: /^bench\/src\//,
  chaos: /^tests\/chaos\//,
  demo: /^tools\/src\/demo\//,
  dev: /^tools\/src\/dev\//,
  ops: /^apps\/worker\/src\/ops/,
  pending: /^tests\/pending\//,
  profile: /^bench\/src\/profile\//,
  sponsored: /^tests\/sponsored\//,
  structure: /^tools\/src\/structure\//,
  'supply-chain': /^tools\/src\/supply-chain\//,
};

/** Whether a script's program knows an option, by its own text. */
export function knowsOption(script: string, option: string): boolean {
  const program = PROGRAMS[script];
  if (program === undefined) return false;
  const name = option.replace(/^--/, '');
  const asOption = new RegExp(`--${name}\\b|^\\s*['"]?${name}['"]?:`, 'm');
  return trackedFiles(program).some((file) => asOption.test(readText(file)));
}
