import { USAGE } from '@x402-facilitator/worker/testing';
import { readText, readYaml } from './files.js';
import {
  deploymentWords,
  keySegments,
  knowsOption,
  openTelemetryVariables,
  programWords,
  routeSegments,
} from './known-names.js';

/** Each finds, in what a text sets as code, the names of one kind that nothing here has. */
export type NameChecks = Readonly<Record<(typeof NAME_KINDS)[number], (code: string) => readonly string[]>>;

export const NAME_KINDS = ['words', 'variables', 'paths', 'keys', 'commands', 'alerts'] as const;

/** @param redisFields what `INFO` of a Redis says of itself. */
export function createNameChecks(redisFields: ReadonlySet<string>): NameChecks {
  const vocabulary = [programWords(), deploymentWords(), openTelemetryVariables(), redisFields];
  const isWord = (word: string) => vocabulary.some((words) => words.has(word));
  return {
    /** Metrics, codes, fields: whatever has an underscore. */
    words: (code) => wholeWords(code).filter((word) => !isWord(word)),
    /** A page may set a variable of its own, or leave one to its reader as `$NAME`. */
    variables: (code) =>
      (code.match(/(?<!\w)[A-Z][A-Z0-9]*(?:_+[A-Z0-9]+)+(?!\w)/g) ?? []).filter(
        (name) => !isWord(name) && !new RegExp(`(?:^|[\\s{])${name}:?=|\\$\\{?${name}\\b`, 'm').test(code),
      ),
    paths: strangePaths(routeSegments()),
    keys: strangeKeys(keySegments()),
    commands: strangeCommands,
    alerts: strangeAlerts(),
  };
}

/** Words with an underscore, but for parts of a pattern such as `rpc_(errors|requests)_total`. */
function wholeWords(code: string): readonly string[] {
  const found = code.matchAll(/(?<![\w.…-])([a-z][a-z0-9]*(?:_[a-z0-9]+)+)(?![\w-]|\.(?:md|ts)\b)/g);
  return [...found].filter(({ index }) => !isPart(code, index)).map(([word]) => word);
}

function isPart(code: string, index: number): boolean {
  return /\w\([\w|]*$/.test(code.slice(Math.max(index - 80, 0), index));
}

/** Stands for something of the reader's: a placeholder, a shell variable, a pattern, a number, an id. */
const isPlaceholder = (segment: string) =>
  /^(?:[A-Z_]+|:\w+|\{\w+\}|\$\{?\w+\}?|\*|\d+|[0-9a-f]{64})$/.test(segment);

/** `/health.*` is a pattern, `/settle:wait` the name of a route in metrics. */
const withoutSuffix = (segment: string) => segment.replace(/:wait$|\.\W*\w*$/, '');

function strangePaths(segments: ReadonlySet<string>) {
  const path =
    /(?:^|(?:GET|POST|DELETE) |\$\{?(?:API|WORKER)\}?|(?:127\.0\.0\.1|localhost):\d+)(\/[a-z][^\s"'`),;?&|]*)/gm;
  const isKnown = (segment: string) =>
    segments.has(segment) || segments.has(withoutSuffix(segment)) || isPlaceholder(segment);
  return (code: string) =>
    [...code.matchAll(path)]
      .map(([, found = '']) => found)
      .filter((found) => !found.split('/').slice(1).every(isKnown));
}

function strangeKeys(segments: ReadonlySet<string>) {
  const isKnown = (segment: string) =>
    segments.has(segment) || isPlaceholder(segment) || ['preview', 'preprod', 'mainnet'].includes(segment);
  return (code: string) =>
    (code.match(/\{x402\}:[\w:*<>{}-]+/g) ?? []).filter((key) => !key.split(':').slice(1).every(isKnown));
}

/** Of pnpm itself, and of English. */
const NO_SCRIPTS = ['install', 'deploy', 'exec', 'audit', 'licenses', 'is', 'and'];

const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> };

/** npm scripts that there are not, options that their programs do not know, and commands that `ops` does not have. */
function strangeCommands(code: string): readonly string[] {
  const run = /(?:npm run|(?<![\w@/.-])pnpm|npm(?= test))(?: --silent)? ([a-z][a-z-]*)([^\n`|;&]*)/g;
  const calls = [
    ...[...code.matchAll(run)].map(([, name = '', rest = '']) => ({ name, rest })),
    ...[...code.matchAll(/dist\/ops\.js([^\n`|;&]*)/g)].map(([, rest = '']) => ({ name: 'ops', rest })),
  ];
  return calls
    .filter(({ name }) => !NO_SCRIPTS.includes(name))
    .flatMap(({ name, rest }) => {
      if (!(name in scripts)) return [name];
      const options = name === 'test' ? [] : (rest.match(/(?<!\S)--[a-z][a-z-]*/g) ?? []);
      const strange = options.filter((option) => !knowsOption(name, option));
      return [...strange, ...(name === 'ops' ? strangeOps(rest) : [])].map((what) => `${name} ${what}`);
    });
}

function strangeOps(rest: string): readonly string[] {
  const [command = ''] = rest
    .replace(/^ --(?= )/, '')
    .trim()
    .split(/\s+/);
  const isCommand = /^[a-z]+$/.test(command);
  return isCommand && !new RegExp(`^  ${command}\\b`, 'm').test(USAGE) ? [command] : [];
}

function strangeAlerts() {
  const { groups } = readYaml<{ groups: { rules: { alert?: string }[] }[] }>('deploy/prometheus/alerts.yml');
  const alerts = groups.flatMap(({ rules }) => rules).map(({ alert }) => alert);
  return (code: string) =>
    (code.match(/\bX402[A-Z][a-z]\w*/g) ?? []).filter((name) => !alerts.includes(name));
}
