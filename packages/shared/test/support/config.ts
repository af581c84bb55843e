import { type Config, resolveConfig } from '../../src/config/config.js';
import { type LoadedConfig, loadConfig } from '../../src/config/load-config.js';
import { linesOf } from '../../src/config/mistakes.js';
import { configSchema } from '../../src/config/schema/index.js';

/** The configuration that a file with this content has, resolved and not checked. */
export function configFrom(content: unknown): Config {
  return resolveConfig(configSchema.parse(content));
}

/** Loads a configuration that is good. */
export function loadGoodConfig(options: Parameters<typeof loadConfig>[0]): LoadedConfig {
  const loaded = loadConfig(options);
  if (loaded.ok) return loaded.value;
  throw new Error(linesOf(loaded.error).join('\n'));
}

/** What an operator is told about a configuration; nothing about one that is good. */
export function mistakeLines(options: Parameters<typeof loadConfig>[0]): readonly string[] {
  const loaded = loadConfig(options);
  return loaded.ok ? [] : linesOf(loaded.error);
}
