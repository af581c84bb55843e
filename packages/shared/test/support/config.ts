import { type Config, resolveConfig } from '../../src/config/config.js';
import { type LoadedConfig, loadConfig } from '../../src/config/load-config.js';
import { linesOf } from '../../src/config/mistakes.js';
import { configSchema } from '../../src/config/schema/index.js';

/** The resolved configuration of a file with this content, without checks. */
export function configFrom(content: unknown): Config {
  return resolveConfig(configSchema.parse(content));
}

/** Loads a valid configuration. */
export function loadGoodConfig(options: Parameters<typeof loadConfig>[0]): LoadedConfig {
  const loaded = loadConfig(options);
  if (loaded.ok) return loaded.value;
  throw new Error(linesOf(loaded.error).join('\n'));
}

/** The mistakes in a configuration; none for a valid one. */
export function mistakeLines(options: Parameters<typeof loadConfig>[0]): readonly string[] {
  const loaded = loadConfig(options);
  return loaded.ok ? [] : linesOf(loaded.error);
}
