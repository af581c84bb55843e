import { readFileSync } from 'node:fs';
import { maskSecrets } from '@x402-facilitator/shared/config';
import type { Tier } from '@x402-facilitator/shared/testing';
import { CONFIG_KEYS, loadGoodConfig, mistakeLines } from '@x402-facilitator/shared/testing';
import { describe, expect, test } from 'vitest';

const EXAMPLE_PATH = new URL('../../../../config/config.example.json', import.meta.url);
const exampleText = readFileSync(EXAMPLE_PATH, 'utf8');
const example: unknown = JSON.parse(exampleText);
/** As an operator fills it in. */
const filledIn = exampleText
  .replace('REPLACE_WITH_THE_SHA256_OF_A_KEY', 'ab'.repeat(32))
  .replace('REPLACE_WITH_YOUR_PROJECT_ID', 'Abc123')
  .replace('REPLACE_WITH_YOUR_REDIS_PASSWORD', 'secret');

function loadExample(env: Readonly<Record<string, string>> = {}, tier: Tier = 'worker') {
  return loadGoodConfig({
    env: { MAINNET: 'true', ...env },
    readFile: () => filledIn,
    tier,
  });
}

function valueAt(root: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (node, name) => (typeof node === 'object' && node !== null ? Reflect.get(node, name) : undefined),
    root,
  );
}

describe('config.example.json', () => {
  test('holds every key of the schema', () => {
    const missing = CONFIG_KEYS.filter((key) => valueAt(example, key.path) === undefined);
    expect(missing.map((key) => key.path.join('.'))).toEqual([]);
    expect(CONFIG_KEYS.length).toBeGreaterThan(70);
  });

  test('untouched it is refused, and every value to fill in is named', () => {
    const mistakes = mistakeLines({ env: { MAINNET: 'true' }, readFile: () => exampleText, tier: 'worker' });
    const line = (path: string, placeholder: string) =>
      `ConfigInvalidError: ${path}: expected your own value, found the example's ${placeholder}`;
    expect(mistakes).toEqual([
      line('security.apiKeys[0].sha256', 'REPLACE_WITH_THE_SHA256_OF_A_KEY'),
      line('chain.blockfrost.projectId', 'REPLACE_WITH_YOUR_PROJECT_ID'),
      line('chain.redis.password', 'REPLACE_WITH_YOUR_REDIS_PASSWORD'),
    ]);
  });

  test('a value from the environment fills one in', () => {
    const env = { MAINNET: 'true', X402_CHAIN__REDIS__PASSWORD: 'secret' };
    const mistakes = mistakeLines({ env, readFile: () => exampleText, tier: 'worker' });
    expect(mistakes.join()).toContain('chain.blockfrost.projectId');
    expect(mistakes.join()).not.toContain('chain.redis.password');
  });

  test('loads for production', () => {
    const { config } = loadExample();
    expect(config.env).toBe('production');
    expect(config.chain.network).toBe('Mainnet');
  });

  test('loads for the API as well: an empty wallet is not a wallet', () => {
    const { config, warnings } = loadExample({}, 'api');
    expect(config.chain.facilitator).toBeUndefined();
    expect(warnings).toEqual([]);
  });
});

test('every key has a description', () => {
  const silent = CONFIG_KEYS.filter((key) => !key.isGroup && key.description === undefined);
  expect(silent.map((key) => key.path.join('.'))).toEqual([]);
});

test('an environment name is the path in upper snake case', () => {
  const names = CONFIG_KEYS.map((key) => key.envName);
  expect(names).toContain('X402_CHAIN__BLOCKFROST__PROJECT_ID');
  expect(names).toContain('X402_SETTLE__MAX_WAIT_MS');
  expect(new Set(names).size).toBe(names.length);
});

test('a printed configuration shows no secret, and everything else', () => {
  const secrets = {
    X402_CHAIN__BLOCKFROST__PROJECT_ID: 'mainnetLEAK1',
    X402_CHAIN__FACILITATOR__SEED_PHRASE: 'LEAK2 words',
    X402_CHAIN__REDIS__PASSWORD: 'LEAK3',
    X402_SENTRY__DSN: 'https://LEAK4@sentry.example/1',
    X402_CHAIN__FALLBACKS: '[{"type":"koios","token":"LEAK5"},{"type":"blockfrost","projectId":"LEAK6"}]',
    X402_CHAIN__ALSO_SERVE: '[{"network":"Preprod","blockfrost":{"projectId":"preprodLEAK7"}}]',
    X402_OTEL__ENDPOINT: 'https://user:LEAK8@otel.example/v1',
  };
  const printed = JSON.stringify(maskSecrets(loadExample(secrets).config));
  expect(printed).not.toContain('LEAK');
  expect(printed).toContain('"projectId":"***"');
  expect(printed).toContain('"endpoint":"https://***@otel.example/v1"');
  expect(printed).toContain('"host":"redis-prod"');
  expect(printed).not.toContain('networks');
});
