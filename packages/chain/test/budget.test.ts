import { connectRedis, disconnectRedis, redisSettingsFromUrl } from '@x402-facilitator/journal';
import { startRedis } from '@x402-facilitator/tools/redis';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { RequestBudget } from '../src/budget/budget.js';
import { createRequestBudget } from '../src/budget/request-budget.js';
import { twoProviders } from './support/two-providers.js';

const NOON = Date.UTC(2026, 0, 15, 12);
const DAY_MS = 86_400_000;

let server: Awaited<ReturnType<typeof startRedis>>;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

async function redisOf() {
  const redis = connectRedis({
    settings: redisSettingsFromUrl(server.url),
    role: 'worker',
    name: 'budget-test',
    onError: () => undefined,
  });
  await redis.ping();
  onTestFinished(() => disconnectRedis(redis));
  return redis;
}

/** The budgets of two replicas for one provider, on a clock that the test moves. */
async function replicas(
  where: 'Redis' | 'the process',
  key: string,
  limits: Parameters<typeof createRequestBudget>[0]['limits'],
  reserveShare = 0,
) {
  let nowMs = NOON;
  const shared = { key, limits, reserveShare, clock: () => nowMs, clockRules: true };
  const one = createRequestBudget({ ...shared, redis: where === 'Redis' ? await redisOf() : undefined });
  const other = where === 'Redis' ? createRequestBudget({ ...shared, redis: await redisOf() }) : one;
  return {
    one,
    other,
    advance(ms: number) {
      nowMs += ms;
    },
  };
}

async function takeAll(
  budget: RequestBudget,
  priority: 'interactive' | 'stranger' | 'polling',
  count: number,
) {
  let granted = 0;
  for (let time = 0; time < count; time += 1)
    if ((await budget.take(priority)).kind === 'granted') granted += 1;
  return granted;
}

describe.each(['Redis', 'the process'] as const)('a budget in %s', (where) => {
  test('grants one burst to all replicas together, then the rate', async () => {
    const { one, other, advance } = await replicas(where, 'b:burst', { requestsPerSecond: 10, burst: 50 });
    expect((await takeAll(one, 'interactive', 30)) + (await takeAll(other, 'interactive', 30))).toBe(50);
    expect(await one.take('interactive')).toStrictEqual({ kind: 'rate', waitMs: 100, leftToday: undefined });
    advance(500);
    expect(await takeAll(other, 'interactive', 10)).toBe(5);
  });

  test('keeps a fifth of the burst from polling, and gives it to interactive callers', async () => {
    const { one, other } = await replicas(where, 'b:spare', { requestsPerSecond: 1, burst: 10 });
    expect(await takeAll(one, 'polling', 20)).toBe(8);
    expect(await takeAll(other, 'interactive', 20)).toBe(2);
  });

  test('counts the day in UTC and starts again on the next one', async () => {
    const { one, other, advance } = await replicas(where, 'b:day', {
      requestsPerSecond: 100,
      burst: 100,
      perDay: 10,
    });
    expect(await takeAll(one, 'polling', 10)).toBe(8);
    expect(await other.take('interactive')).toStrictEqual({ kind: 'granted', waitMs: 0, leftToday: 1 });
    expect((await other.take('interactive')).leftToday).toBe(0);
    expect(await one.take('interactive')).toStrictEqual({ kind: 'quota', waitMs: DAY_MS / 2, leftToday: 0 });
    advance(DAY_MS / 2 - 1);
    expect((await one.take('interactive')).kind).toBe('quota');
    advance(1);
    expect(await one.take('interactive')).toStrictEqual({ kind: 'granted', waitMs: 0, leftToday: 9 });
  });

  test('keeps the reserve from strangers, of the burst and of the day, and says that it is kept', async () => {
    const limits = { requestsPerSecond: 1, burst: 10, perDay: 16 };
    const { one, other, advance } = await replicas(where, 'b:reserve', limits, 0.5);
    expect((await takeAll(one, 'stranger', 4)) + (await takeAll(other, 'stranger', 4))).toBe(5);
    expect(await one.take('stranger')).toStrictEqual({ kind: 'reserved', waitMs: 1_000, leftToday: 11 });
    expect(await takeAll(other, 'interactive', 1)).toBe(1);
    advance(10_000);
    expect(await takeAll(one, 'stranger', 5)).toBe(2);
    expect(await one.take('stranger')).toStrictEqual({
      kind: 'reserved',
      waitMs: DAY_MS / 2 - 10_000,
      leftToday: 8,
    });
    expect(await takeAll(other, 'polling', 1)).toBe(1);
    advance(10_000);
    expect(await takeAll(one, 'interactive', 10)).toBe(7);
    expect((await one.take('stranger')).kind).toBe('quota');
  });

  test('can be looked at without taking', async () => {
    const { one, other } = await replicas(where, 'b:peek', { requestsPerSecond: 1, burst: 2, perDay: 10 });
    for (let time = 0; time < 5; time += 1)
      expect(await one.peek('interactive')).toStrictEqual({ kind: 'granted', waitMs: 0, leftToday: 10 });
    expect(await takeAll(other, 'interactive', 3)).toBe(2);
    expect(await one.peek('interactive')).toStrictEqual({ kind: 'rate', waitMs: 1_000, leftToday: 8 });
  });

  test('stops all replicas during a pause that one of them was given', async () => {
    const { one, other, advance } = await replicas(where, 'b:pause', undefined);
    await one.backOff(3_000);
    expect(await other.take('interactive')).toStrictEqual({
      kind: 'backoff',
      waitMs: 3_000,
      leftToday: undefined,
    });
    advance(3_000);
    expect((await other.take('interactive')).kind).toBe('granted');
  });
});

test('without Redis each process has its own budget', async () => {
  const redis = await redisOf();
  const budget = createRequestBudget({
    key: 'b:gone',
    limits: { requestsPerSecond: 1, burst: 3 },
    redis,
    clock: () => NOON,
  });
  expect((await budget.take('interactive')).kind).toBe('granted');
  redis.disconnect();
  await expect.poll(() => redis.status).toBe('end');
  expect(await takeAll(budget, 'interactive', 5)).toBe(3);
});

test('when the primary’s budget is used up the fallback answers, and what is left today is reported', async () => {
  const quotas: number[] = [];
  const { chain, primary, fallback } = await twoProviders({
    primaryBudget: { requestsPerSecond: 1, burst: 5, perDay: 1_000 },
    observer: { onQuota: ({ remaining }) => void quotas.push(remaining) },
  });
  primary.requests.clear();
  fallback.requests.clear();
  for (let time = 0; time < 10; time += 1) await chain.provider.getTip();
  expect(primary.requests.snapshot().total).toBeLessThanOrEqual(4);
  expect(fallback.requests.snapshot().total).toBeGreaterThanOrEqual(6);
  expect(Math.min(...quotas)).toBeGreaterThan(990);
});
