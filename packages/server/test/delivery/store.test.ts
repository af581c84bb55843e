import { startRedis } from '@x402-facilitator/tools/redis';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMemoryStore, type DeliveryStore, type RecordedAnswer } from '../../src/index.js';
import { createRedisStore } from '../../src/redis/index.js';

let redis: Awaited<ReturnType<typeof startRedis>>;
let connection: Redis;
beforeAll(async () => {
  redis = await startRedis();
  connection = new Redis(redis.url);
});
afterAll(async () => {
  connection?.disconnect();
  await redis?.stop();
});

const LEASE_MS = 600;
const answer = (text: string): RecordedAnswer => ({
  status: 201,
  headers: [
    ['set-cookie', 'a=1'],
    ['set-cookie', 'b=2'],
  ],
  body: new Uint8Array(Buffer.from([0, 255, ...Buffer.from(text)])),
});
/** Bytes of either store, comparable. */
const told = (recorded: RecordedAnswer | undefined) =>
  recorded && { ...recorded, body: Buffer.from(recorded.body).toString('hex') };

let next = 0;
const purchase = (identifier?: string) => {
  next += 1;
  return { txHash: String(next).padStart(64, '0'), digest: `digest-${next}`, identifier };
};

describe.each([
  ['in memory', () => createMemoryStore()],
  ['in Redis', () => createRedisStore(connection)],
] as [string, () => DeliveryStore][])('a store %s', (_, create) => {
  it('gives a purchase to one at a time', async () => {
    const store = create();
    const it_ = purchase();
    const opened = await Promise.all(['a', 'b', 'c'].map((holder) => store.open(it_, holder, LEASE_MS)));
    expect(opened.map(({ kind }) => kind).sort()).toEqual(['mine', 'running', 'running']);
  });

  it('gives it to another when its lease has ended, and not while it is renewed', async () => {
    const store = create();
    const it_ = purchase();
    await store.open(it_, 'a', LEASE_MS);
    const renewal = setInterval(() => void store.renew(it_, 'a', LEASE_MS), LEASE_MS / 4);
    await new Promise((resolve) => setTimeout(resolve, 2 * LEASE_MS));
    expect(await store.open(it_, 'b', LEASE_MS)).toEqual({ kind: 'running' });
    clearInterval(renewal);
    await expect.poll(() => store.open(it_, 'b', 60_000)).toMatchObject({ kind: 'mine' });
    // The first holder has lost it: it can neither renew nor end it.
    await store.renew(it_, 'a', LEASE_MS);
    await store.release(it_, 'a', true);
    expect(await store.open(it_, 'c', LEASE_MS)).toEqual({ kind: 'running' });
  });

  it('keeps what was made for the next attempt, and then the answer for everyone', async () => {
    const store = create();
    const it_ = purchase();
    await store.open(it_, 'a', LEASE_MS);
    await store.keepMade(it_, 'a', answer('made'));
    await store.release(it_, 'a', false);
    const again = await store.open(it_, 'b', LEASE_MS);
    expect(again.kind === 'mine' && told(again.made)).toEqual(told(answer('made')));
    await store.keepAnswer(it_, 'b', answer('answered'));
    const opened = await store.open(it_, 'c', LEASE_MS);
    expect(opened.kind === 'answered' && told(opened.answer)).toEqual(told(answer('answered')));
  });

  it('finds the answer of a purchase, and changes nothing by looking', async () => {
    const store = create();
    const it_ = purchase(`order-${Math.random()}`);
    expect(await store.find(it_)).toBeUndefined();
    expect(await store.open(it_, 'a', LEASE_MS)).toMatchObject({ kind: 'mine' });
    expect(await store.find(it_)).toBeUndefined();
    await store.keepAnswer(it_, 'a', answer('answered'));
    expect(told(await store.find(it_))).toEqual(told(answer('answered')));
    expect(await store.find({ ...it_, digest: 'another' })).toBeUndefined();
  });

  it('tells another purchase with the same transaction, until it is forgotten', async () => {
    const store = create();
    const it_ = purchase();
    const other = { ...it_, digest: 'another' };
    await store.open(it_, 'a', 60_000);
    expect(await store.open(other, 'b', LEASE_MS)).toEqual({ kind: 'other-purchase' });
    await store.release(it_, 'a', true);
    expect(await store.open(other, 'b', LEASE_MS)).toEqual({ kind: 'mine', made: undefined });
  });

  it('tells another payment under the same identifier, until it is forgotten', async () => {
    const store = create();
    const identifier = `order-${Math.random()}`;
    const first = purchase(identifier);
    const second = purchase(identifier);
    await store.open(first, 'a', 60_000);
    expect(await store.open(second, 'b', LEASE_MS)).toEqual({ kind: 'other-payment' });
    await store.release(first, 'a', true);
    expect(await store.open(second, 'b', LEASE_MS)).toMatchObject({ kind: 'mine' });
  });
});

it('a store in memory forgets the oldest answers when it is full, and old ones in time', async () => {
  const store = createMemoryStore({ maxBytes: 10_000, keepForMs: 60_000 });
  const purchases = Array.from({ length: 10 }, () => purchase());
  for (const each of purchases) {
    await store.open(each, 'a', 1);
    await store.keepAnswer(each, 'a', { status: 200, headers: [], body: new Uint8Array(2_000) });
  }
  const kinds = await Promise.all(purchases.map(async (each) => (await store.open(each, 'b', 1)).kind));
  expect(kinds.filter((kind) => kind === 'answered').length).toBe(3);
  expect(kinds.at(-1)).toBe('answered');
});

it('a store in Redis keeps nothing for longer than it says', async () => {
  const store = createRedisStore(connection, { prefix: 'bounded', keepForMs: 60_000 });
  const it_ = purchase('an-identifier-0001');
  await store.open(it_, 'a', LEASE_MS);
  await store.keepMade(it_, 'a', answer('made'));
  await store.keepAnswer(it_, 'a', answer('answered'));
  const keys = await connection.keys('*bounded*');
  expect(keys.length).toBe(2);
  for (const key of keys) {
    const left = await connection.pttl(key);
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(60_000);
  }
});
