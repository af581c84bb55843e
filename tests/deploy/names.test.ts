import { CONFIG_KEYS } from '@x402-facilitator/shared/testing';
import { startRedis } from '@x402-facilitator/tools/redis';
import { Redis } from 'ioredis';
import { beforeAll, describe, expect, it } from 'vitest';
import { readText } from './support/files.js';
import { commentsOf, DEPLOYMENT, PAGES } from './support/known-names.js';
import { codeOf } from './support/runbook.js';
import { createNameChecks, NAME_KINDS, type NameChecks } from './support/strange-names.js';

let checks: NameChecks;

beforeAll(async () => {
  const server = await startRedis();
  const redis = new Redis(server.url);
  try {
    const info = await redis.info('everything');
    checks = createNameChecks(new Set([...info.matchAll(/^(\w+):/gm)].map(([, field = '']) => field)));
  } finally {
    redis.disconnect();
    await server.stop();
  }
});

/** Without the log queries, which tests/dashboards reads as what they are. */
const withoutLogql = (page: string) => page.replace(/^```logql\n[\s\S]*?^```$/gm, '');

describe.each([
  ...PAGES.map((file) => ({ file, code: codeOf(withoutLogql(readText(file))) })),
  ...DEPLOYMENT.map((file) => ({ file, code: commentsOf(readText(file)) })),
])('$file', ({ code }) => {
  it.each(NAME_KINDS)('names no %s that do not exist', (kind) => {
    expect(checks[kind](code)).toEqual([]);
  });
});

describe('what does not exist is found', () => {
  it.each([
    ['words', 'http_request_total', 'the singular of a metric'],
    ['words', 'payment_settlement_failed_total', 'a metric that never was'],
    ['words', 'settlement_waiting', 'a code that no answer has'],
    ['variables', 'X402_CHAIN__BLOCKFROST__KEY', 'a setting'],
    ['variables', 'REDIS_SECRET', 'a variable of compose'],
    ['paths', '/verifications', 'a route'],
    ['paths', 'curl "$API/status/TX/receipts"', 'a route below one that exists'],
    ['keys', "redis-cli zcard '{x402}:journal:preview:waiting'", 'a key'],
    ['commands', 'npm run benchmark', 'a script'],
    ['commands', 'pnpm ops stop', 'a command of ops'],
    ['commands', 'pnpm ops drain --grace 5', 'an option of ops'],
    ['commands', 'docker compose exec worker node dist/ops.js state', 'a command of ops in an image'],
    ['commands', 'npm run bench -- --fast', 'an option of a script'],
    ['alerts', 'X402ApiSlow', 'an alert'],
  ] as const)('%s: %s (%s)', (kind, code, _what) => {
    expect(checks[kind](code)).toHaveLength(1);
  });

  it.each([
    [
      'words',
      'http_requests_total{route=~"/settle.*"}, rpc_(errors|requests)_total, aof_rewrite_in_progress',
    ],
    ['variables', 'NAME_OF_MINE=1; echo $NAME_OF_MINE $THE_READERS'],
    ['paths', '/status/:transaction/events:wait'],
    ['keys', '{x402}:journal:*:settlement:*'],
    [
      'commands',
      'pnpm --silent ops export --since 24h > file\nnpm run ops -- status --json\nnpm test -- x -u',
    ],
  ] as const)('and %s that exist are not taken for that: %s', (kind, code) => {
    expect(checks[kind](code)).toEqual([]);
  });
});

it('the files of a deployment set only settings that exist', () => {
  const names = new Set(
    CONFIG_KEYS.flatMap(({ envName }) => [envName, `${envName}_FILE`]).concat('X402_CONFIG'),
  );
  const set = DEPLOYMENT.flatMap((file) => readText(file).match(/\bX402_[A-Z0-9_]+\b/g) ?? []);
  expect(set.length).toBeGreaterThan(10);
  expect(set.filter((name) => !names.has(name))).toEqual([]);
});
