import { readFileSync } from 'node:fs';
import process from 'node:process';
import { type LoadedConfig, loadConfig, type Tier } from './load-config.js';
import { linesOf } from './mistakes.js';

/**
 * Reads the configuration from the disk and the environment. On mistakes it writes them all to stderr, one line each,
 * and exits with code 1.
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
