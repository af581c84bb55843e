import { CONFIG_KEYS, type ConfigKey, ENV_PREFIX } from './keys.js';
import type { ConfigMistake } from './mistakes.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads a text file. Throws what `node:fs` throws. */
export type ReadFile = (path: string) => string;

/** Names with our prefix that are not keys of the configuration. */
const OTHER_NAMES = new Set([`${ENV_PREFIX}CONFIG`]);

/** Kubernetes sets these in every pod for a service named `x402-…`. They are not the operator's mistake. */
const SERVICE_LINK =
  /^X402_[A-Z0-9_]+_(?:SERVICE_(?:HOST|PORT(?:_[A-Z0-9_]+)?)|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$/;

/**
 * Merges the environment into the configuration file's content: `X402_` and the path in upper snake case with `__`
 * between levels. Text keys take the value as it is, all others JSON. `…_FILE` names a file that holds the value. An
 * empty variable counts as unset, because compose files and charts write unset values that way.
 *
 * @param skip paths that must not be read at all.
 */
export function overlayEnvironment(
  base: Readonly<Record<string, unknown>>,
  env: Environment,
  readFile: ReadFile,
  skip: (path: readonly string[]) => boolean,
): { readonly value: Record<string, unknown>; readonly mistakes: readonly ConfigMistake[] } {
  const value = structuredClone(base) as Record<string, unknown>;
  const mistakes: ConfigMistake[] = [];
  for (const key of CONFIG_KEYS) {
    if (skip(key.path)) continue;
    const read = readVariable(key, env, readFile);
    if (read === undefined) continue;
    if (read.mistake !== undefined) mistakes.push(read.mistake);
    if (read.value !== undefined && !setAt(value, key.path, read.value))
      mistakes.push({
        path: key.envName,
        message: `cannot be set: the configuration file holds no object at ${key.path.slice(0, -1).join('.')}`,
      });
  }
  mistakes.push(...unknownVariables(env));
  return { value, mistakes };
}

/** The value of a variable. A mistake may come with a value, so that the key is not also reported as missing. */
type Reading = { readonly value?: unknown; readonly mistake?: ConfigMistake };

function readVariable(key: ConfigKey, env: Environment, readFile: ReadFile): Reading | undefined {
  const fileName = `${key.envName}_FILE`;
  const direct = env[key.envName] || undefined;
  const path = env[fileName] || undefined;
  if (direct !== undefined && path !== undefined)
    return {
      ...parseText(key, direct),
      mistake: { path: key.envName, message: `expected this or ${fileName}, found both` },
    };
  if (direct !== undefined) return parseText(key, direct);
  if (path === undefined) return undefined;
  try {
    return parseText(key, readFile(path).trim());
  } catch (error) {
    return { mistake: { path: fileName, message: `cannot read ${path}: ${reasonOf(error)}` } };
  }
}

function parseText(key: ConfigKey, text: string): Reading {
  if (key.isText) return { value: text };
  try {
    return { value: JSON.parse(text) };
  } catch {
    if (key.isGroup) return { mistake: { path: key.envName, message: 'expected a JSON object' } };
    // Not JSON. The schema reports what it expected, or accepts the text, as server.trustProxy does.
    return { value: text };
  }
}

function setAt(root: Record<string, unknown>, path: readonly string[], value: unknown): boolean {
  let node = root;
  for (const name of path.slice(0, -1)) {
    node[name] ??= {};
    const child = node[name];
    if (typeof child !== 'object' || child === null || Array.isArray(child)) return false;
    node = child as Record<string, unknown>;
  }
  const last = path.at(-1);
  if (last !== undefined) node[last] = value;
  return true;
}

function unknownVariables(env: Environment): ConfigMistake[] {
  const known = new Set(CONFIG_KEYS.flatMap((key) => [key.envName, `${key.envName}_FILE`]));
  return Object.keys(env)
    .filter((name) => name.startsWith(ENV_PREFIX) && !known.has(name))
    .filter((name) => !OTHER_NAMES.has(name) && !SERVICE_LINK.test(name))
    .sort()
    .map((name) => ({ path: name, message: 'unknown setting: no such key in the configuration' }));
}

/** The short reason of a failed file operation: its code where it has one. */
export function reasonOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.message : String(error);
}
