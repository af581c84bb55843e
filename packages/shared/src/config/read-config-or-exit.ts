import { readFileSync } from 'node:fs';
import process from 'node:process';
import { type LoadedConfig, loadConfig, type Tier } from './load-config.js';
import { linesOf } from './mistakes.js';

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
  if (loaded.ok) return loaded.value;
  process.stderr.write(`${linesOf(loaded.error).join('\n')}\n`);
  process.exit(1);
}
