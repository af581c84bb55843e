import { describeIssues, err, ok, type Result } from '@x402-facilitator/cardano';
import { crossCheck, crossWarnings, workerCheck } from './checks.js';
import { type Config, resolveConfig } from './config.js';
import { type Environment, overlayEnvironment, type ReadFile, reasonOf } from './environment.js';
import { CONFIG_KEYS } from './keys.js';
import { readMasumiEscrows } from './masumi-escrows.js';
import type { ConfigMistake } from './mistakes.js';
import { setRetiredAside } from './retired-keys.js';
import { configSchema, type Settings } from './schema/index.js';

/** Which process reads the configuration: only the worker may see the wallet. */
export type Tier = 'api' | 'worker';

export type LoadedConfig = {
  readonly config: Config;
  /** Warnings for the log: they do not stop the start. */
  readonly warnings: readonly string[];
};

/** Read when `X402_CONFIG` names no other file; it may be missing. */
const DEFAULT_CONFIG_PATH = 'config/config.json';

type RawConfig = Readonly<Record<string, unknown>>;

/**
 * The effective configuration: file, then environment, then defaults.
 *
 * @param options.env `process.env`, or a test's own.
 * @param options.readFile reads a text file relative to the working directory; throws like `node:fs`.
 * @returns the configuration, or every mistake in it at once.
 */
export function loadConfig(options: {
  readonly env: Environment;
  readonly readFile: ReadFile;
  readonly tier: Tier;
}): Result<LoadedConfig, readonly ConfigMistake[]> {
  const { readFile, tier } = options;
  const content = readConfigFile(options.env, readFile);
  if (!content.ok) return err([content.error]);
  const { file, env, warnings } = setRetiredAside(content.value, options.env);

  const isWalletKey = (path: readonly string[]) => path[0] === 'chain' && path[1] === 'facilitator';
  const skip = (path: readonly string[]) => tier === 'api' && isWalletKey(path);
  const walletSources = tier === 'api' ? findWallet(file, env, isWalletKey) : [];
  const base = tier === 'api' ? withoutWallet(file) : file;
  const overlaid = overlayEnvironment(base, env, readFile, skip);
  const placeholders = placeholdersIn(overlaid.value);
  if (placeholders.length > 0) return err([...overlaid.mistakes, ...placeholders]);
  const config = configOf(overlaid.value, env, readFile);

  const refusal = 'the API must not hold the wallet; leave it to the worker';
  const mistakes = [
    ...overlaid.mistakes,
    ...(config.ok ? [] : config.error),
    ...(config.ok && tier === 'worker' ? workerCheck(config.value) : []),
    ...(overlaid.value.env === 'production' ? walletSources.map((path) => ({ path, message: refusal })) : []),
  ];
  if (!config.ok || mistakes.length > 0) return err(mistakes);
  return ok({
    config: config.value,
    warnings: [
      ...warnings,
      ...walletSources.map((path) => `${path} is ignored unread: ${refusal}`),
      ...(tier === 'api' ? crossWarnings(config.value) : []),
    ],
  });
}

function configOf(
  value: RawConfig,
  env: Environment,
  readFile: ReadFile,
): Result<Config, readonly ConfigMistake[]> {
  const parsed = configSchema.safeParse(value);
  if (!parsed.success) {
    const issues = describeIssues(parsed.error);
    const named = issues.map(({ path, message }) => ({ path: path || 'configuration', message }));
    return err([...named, ...missingProjectId(value)]);
  }
  const settings: Settings = parsed.data;
  const escrows = readMasumiEscrows(settings, readFile);
  const mistakes = [...crossCheck(settings, env), ...(escrows.ok ? [] : escrows.error)];
  return escrows.ok && mistakes.length === 0 ? ok(resolveConfig(settings, escrows.value)) : err(mistakes);
}

function readConfigFile(env: Environment, readFile: ReadFile): Result<RawConfig, ConfigMistake> {
  const named = env.X402_CONFIG || undefined;
  const path = named ?? DEFAULT_CONFIG_PATH;
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    const reason = reasonOf(error);
    if (named === undefined && reason === 'ENOENT') return ok({});
    const source = named === undefined ? path : 'X402_CONFIG';
    return err({ path: source, message: `cannot read ${path}: ${reason}` });
  }
  try {
    const content: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    return isRecord(content) ? ok(content) : err({ path, message: 'expected a JSON object' });
  } catch (error) {
    // The parser quotes the text around the mistake, which may be a secret, so only the place is reported.
    return err({ path, message: `not valid JSON${placeOf(error, text)}` });
  }
}

function placeOf(error: unknown, text: string): string {
  const position = /at position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
  if (position === undefined) return '';
  const before = text.slice(0, Number(position)).split('\n');
  return ` (line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1})`;
}

/** What `config.example.json` says where only the operator knows the value. */
const PLACEHOLDER = /REPLACE_WITH_\w+/;

/** Every value that is still the example's. */
function placeholdersIn(value: unknown, path = ''): readonly ConfigMistake[] {
  if (typeof value === 'string') {
    const [placeholder] = PLACEHOLDER.exec(value) ?? [];
    return placeholder === undefined
      ? []
      : [{ path, message: `expected your own value, found the example's ${placeholder}` }];
  }
  if (Array.isArray(value)) return value.flatMap((item, index) => placeholdersIn(item, `${path}[${index}]`));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    placeholdersIn(item, path === '' ? key : `${path}.${key}`),
  );
}

/** Where a wallet is configured: key paths and variable names, never values. */
function findWallet(
  content: RawConfig,
  env: Environment,
  isWalletKey: (path: readonly string[]) => boolean,
): string[] {
  const group = isRecord(content.chain) ? content.chain.facilitator : undefined;
  // The example configuration holds these keys with empty values, which is not a wallet.
  const inFile = isRecord(group) ? Object.values(group).some((value) => value !== '') : group !== undefined;
  const names = CONFIG_KEYS.filter((key) => isWalletKey(key.path)).flatMap((key) => [
    key.envName,
    `${key.envName}_FILE`,
  ]);
  return [...(inFile ? ['chain.facilitator'] : []), ...names.filter((name) => env[name])];
}

function withoutWallet(content: RawConfig): RawConfig {
  if (!isRecord(content.chain)) return content;
  const { facilitator: _unread, ...chain } = content.chain;
  return { ...content, chain };
}

/** Reported with the other mistakes, so that an operator can fix all of them at once. */
function missingProjectId(value: RawConfig): ConfigMistake[] {
  const chain = value.chain ?? {};
  if (!isRecord(chain)) return [];
  const blockfrost = chain.blockfrost ?? {};
  if (!isRecord(blockfrost) || blockfrost.projectId || blockfrost.url) return [];
  return [{ path: 'chain.blockfrost.projectId', message: 'Blockfrost project ID is required' }];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
