import { describeIssues } from '@x402-facilitator/cardano';
import { crossCheck } from './checks.js';
import { type Environment, overlayEnvironment, type ReadFile, reasonOf } from './environment.js';
import { ConfigInvalidError, type ConfigMistake } from './invalid.js';
import { CONFIG_KEYS } from './keys.js';
import { type MasumiEscrows, readMasumiEscrows } from './masumi-escrows.js';
import { type Config, configSchema } from './schema/index.js';

/** Which process reads the configuration: only the worker may see the wallet. */
export type Tier = 'api' | 'worker';

export type LoadedConfig = {
  readonly config: Config;
  /** What the operator should know though it does not stop the start; for the log. */
  readonly warnings: readonly string[];
  readonly masumiEscrows: MasumiEscrows;
};

/** Read when `X402_CONFIG` names no other file; it may be missing. */
export const DEFAULT_CONFIG_PATH = 'config/config.json';

type RawConfig = Readonly<Record<string, unknown>>;

/**
 * The effective configuration: file, then environment, then defaults.
 *
 * @param options.env `process.env`, or what a test wants it to be.
 * @param options.readFile reads a text file relative to the working directory; throws like `node:fs`.
 * @returns the configuration, or every mistake in it at once.
 */
export function loadConfig(options: {
  readonly env: Environment;
  readonly readFile: ReadFile;
  readonly tier: Tier;
}): LoadedConfig | ConfigInvalidError {
  const { env, readFile, tier } = options;
  const file = readConfigFile(env, readFile);
  if ('mistake' in file) return new ConfigInvalidError([file.mistake]);

  const isWalletKey = (path: readonly string[]) => path[0] === 'chain' && path[1] === 'facilitator';
  const skip = (path: readonly string[]) => tier === 'api' && isWalletKey(path);
  const walletSources = tier === 'api' ? findWallet(file.content, env, isWalletKey) : [];
  const base = tier === 'api' ? withoutWallet(file.content) : file.content;
  const overlaid = overlayEnvironment(base, env, readFile, skip);

  const parsed = configSchema.safeParse(overlaid.value);
  const mistakes: ConfigMistake[] = [...overlaid.mistakes];
  const masumi = parsed.success ? readMasumiEscrows(parsed.data, readFile) : undefined;
  if (parsed.success) mistakes.push(...crossCheck(parsed.data, env), ...(masumi?.mistakes ?? []));
  else
    mistakes.push(
      ...describeIssues(parsed.error).map(({ path, message }) => ({
        path: path || 'configuration',
        message,
      })),
      ...missingProjectId(overlaid.value),
    );

  const refusal = 'the API must not hold the wallet; leave it to the worker';
  if (walletSources.length > 0 && overlaid.value.env === 'production')
    mistakes.push(...walletSources.map((path) => ({ path, message: refusal })));
  if (!parsed.success || mistakes.length > 0) return new ConfigInvalidError(mistakes);
  return {
    config: parsed.data,
    warnings: walletSources.map((path) => `${path} is ignored unread: ${refusal}`),
    masumiEscrows: masumi?.escrows ?? new Map(),
  };
}

function readConfigFile(
  env: Environment,
  readFile: ReadFile,
): { readonly content: RawConfig } | { readonly mistake: ConfigMistake } {
  const named = env.X402_CONFIG || undefined;
  const path = named ?? DEFAULT_CONFIG_PATH;
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    const reason = reasonOf(error);
    if (named === undefined && reason === 'ENOENT') return { content: {} };
    const source = named === undefined ? path : 'X402_CONFIG';
    return { mistake: { path: source, message: `cannot read ${path}: ${reason}` } };
  }
  try {
    const content: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    if (typeof content === 'object' && content !== null && !Array.isArray(content))
      return { content: content as RawConfig };
    return { mistake: { path, message: 'expected a JSON object' } };
  } catch (error) {
    // The parser's own words quote the text around the mistake, which may be a secret: only its place is told.
    return { mistake: { path, message: `not valid JSON${placeOf(error, text)}` } };
  }
}

function placeOf(error: unknown, text: string): string {
  const position = /at position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
  if (position === undefined) return '';
  const before = text.slice(0, Number(position)).split('\n');
  return ` (line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1})`;
}

/** Where a wallet is configured: key paths and variable names, never values. */
function findWallet(
  content: RawConfig,
  env: Environment,
  isWalletKey: (path: readonly string[]) => boolean,
): string[] {
  const group = isRecord(content.chain) ? content.chain.facilitator : undefined;
  // The example names every key, these with nothing in them: that is no wallet.
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

/** Told together with the other mistakes: an operator mends a file once, not once per mistake. */
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
