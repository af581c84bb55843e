import { describe, expect, it } from 'vitest';
import { readLogql } from './support/logql.js';
import { createPromtail, dockerLine } from './support/promtail.js';

const line = JSON.stringify({
  timestamp: '2026-01-01T00:00:00.000Z',
  level: 'warn',
  message: 'settlement failed',
  service: 'x402-facilitator',
  tier: 'worker',
  duration: 1500,
  metadata: { to: 'failed' },
});
const entry = createPromtail()(dockerLine(line));

it('promtail makes four labels of a line and leaves the line as it was printed', () => {
  expect(entry).toEqual({
    line,
    labels: { app: 'x402-facilitator', service: 'x402-facilitator', tier: 'worker', level: 'warn' },
  });
});

describe('the reader of log queries', () => {
  it.each([
    ['{tier="worker"}', true],
    ['{tier="api"}', false],
    ['{tier=~"api|work"}', false],
    ['{tier!="api", level=~"w.+"}', true],
    ['{tier="worker"} |= "settlement failed"', true],
    ['{tier="worker"} |= "settlement expired"', false],
    ['{tier="worker"} != "failed"', false],
    ['{tier="worker"} |~ "settle.*led"', true],
    ['{tier="worker"} | json | metadata_to="failed"', true],
    ['{tier="worker"} | metadata_to="failed"', false],
    ['{tier="worker"} | json | duration > 1000', true],
    ['{tier="worker"} | json | duration > 2000', false],
    ['{tier="worker"} | json | statusCode >= 500', false],
    ['sum(rate({tier="worker"} | json | metadata_to!="failed" [5m]))', false],
    ['max_over_time({tier="worker"} | json | unwrap duration [5m])', true],
    ['max_over_time({tier="worker"} | json | unwrap responseTime [5m])', false],
  ])('%s keeps the line of a failed settlement: %s', (query, isKept) => {
    expect(readLogql(query).keeps(entry)).toBe(isKept);
  });

  it.each(['{tier="worker"', '{tier="worker"} | logfmt', '{tier="worker"} | json | line_format "x"'])(
    'refuses what it does not understand: %s',
    (query) => {
      expect(() => readLogql(query)).toThrow(/LogQL|does not know|only knows/);
    },
  );
});
