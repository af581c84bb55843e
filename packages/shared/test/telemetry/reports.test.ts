import { REDACTED_NAMES } from '@x402-facilitator/shared/testing';
import { describe, expect, test } from 'vitest';
import { createReportBudget } from '../../src/telemetry/reports/report-budget.js';
import { createScrubber } from '../../src/telemetry/secrets.js';

describe('what is reported', () => {
  const scrub = createScrubber(['hunter2', 'projectSecret', 'ab']);

  test('has no value under any of the names that logs redact, at any depth', () => {
    for (const name of REDACTED_NAMES) {
      const event = { [name]: 'LEAK', a: [{ b: { c: { d: { e: { [name]: { f: 'LEAK' } } } } } }] };
      expect(JSON.stringify(scrub(event))).not.toContain('LEAK');
    }
    expect(scrub({ API_KEY: 'LEAK', 'X-Payment': 'LEAK' })).toEqual({
      API_KEY: '[redacted]',
      'X-Payment': '[redacted]',
    });
  });

  test('has none of the secrets of the process, wherever they stand', () => {
    expect(scrub({ message: 'GET https://node/projectSecret/x with hunter2, projectSecret' })).toEqual({
      message: 'GET https://node/[redacted]/x with [redacted], [redacted]',
    });
  });

  test.each([
    ['a signed transaction in hex', '84a400'.repeat(60)],
    ['a signed transaction in base64', Buffer.alloc(300, 0xa7).toString('base64')],
    ['a stranger’s project id', `mainnet${'aB3d'.repeat(8)}`],
    ['a private key', 'ed25519_sk1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq'],
    ['a bearer token', 'Bearer abc.def.ghi', 'abc.def.ghi'],
    ['a password in a URL', 'redis://user:pass@host', 'pass'],
  ])('does not hold %s', (_what, leak, secret = leak) => {
    const scrubbed = scrub({ deep: [{ text: `before ${leak} after` }] });
    expect(JSON.stringify(scrubbed)).not.toContain(secret);
    expect(JSON.stringify(scrubbed)).toMatch(/before .*\[redacted\].* after/);
  });

  test('keeps what tells one payment from another', () => {
    const facts = {
      transaction: 'c0de'.repeat(16),
      userId: `addr_test1${'q'.repeat(98)}`,
      network: 'cardano:preview',
      status: 503,
      frames: [{ filename: '/app/dist/main.js', lineno: 3 }],
    };
    expect(scrub(facts)).toEqual(facts);
  });
});

describe('an outage', () => {
  test('is reported once a minute and kind, and the next report says how many were held back', () => {
    let nowMs = 0;
    const budget = createReportBudget({ perMinute: 20, now: () => nowMs });
    const admitted = Array.from({ length: 1_000 }, () => budget.admit('POST /settle answered 503'));
    expect(admitted.filter((it) => it !== undefined)).toEqual([{ heldBack: 0 }]);
    expect(budget.admit('another')).toEqual({ heldBack: 0 });
    nowMs += 60_000;
    expect(budget.admit('POST /settle answered 503')).toEqual({ heldBack: 999 });
  });

  test('of many kinds is bounded as well', () => {
    let nowMs = 0;
    const budget = createReportBudget({ perMinute: 20, now: () => nowMs });
    const ask = () => Array.from({ length: 100 }, (_unused, index) => budget.admit(`kind ${index}`));
    expect(ask().filter((it) => it !== undefined)).toHaveLength(20);
    nowMs += 60_000;
    expect(ask().filter((it) => it !== undefined)).toHaveLength(20);
  });
});
