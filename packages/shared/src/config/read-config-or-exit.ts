import { readFileSync } from 'node:fs';
import process from 'node:process';
import { ConfigInvalidError } from './invalid.js';
import { type LoadedConfig, loadConfig, type Tier } from './load-config.js';

/**
 * What a process does first: read the configuration from the disk and the environment, or tell every mistake on
 * stderr, one line each, and end with exit code 1.
 */
export function readConfigOrExit(tier: Tier): LoadedConfig {
  const loaded = loadConfig({
    env: process.env,
    readFile: (path) => readFileSync(path, 'utf8'),
    tier,
  });
  if (!(loaded instanceof ConfigInvalidError)) return loaded;
  process.stderr.write(`${loaded.lines.join('\n')}\n`);
  process.exit(1);
}
