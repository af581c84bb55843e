import {
  createWebhookStore,
  type DueEvent,
  decodeNamedFields,
  type WebhookAttempt,
} from '@x402-facilitator/journal';
import { describe, expect, it } from 'vitest';
import { BLOCK, changeTo, claimOf, NETWORK, present, txHash, useJournal } from '../support/index.js';

const LIMIT = 5;
const harness = useJournal({ webhookLimit: LIMIT, stabilityMs: 1_000 });
const START_MS = 1_800_000_000_000;
let nowMs = START_MS;
const at = (ms: number) => {
  nowMs = ms;
  harness.at(ms);
};
const store = () => createWebhookStore({ redis: harness.redis, now: () => nowMs });

async function endpointOf(key: string, url = 'https://shop.example/hooks') {
  await store().set(key, url);
  const endpoint = await store().find(key);
  if (endpoint === undefined) throw new Error('expected an endpoint');
  return endpoint;
}

const claim = (seed: number, keyName?: string) =>
  harness.journal.claim(claimOf(seed, { expiresAtMs: START_MS + 600_000, keyName }));
const change = (seed: number, to: Parameters<typeof changeTo>[0]) =>
  harness.journal.transition(changeTo(to, { txHash: txHash(seed) }));
async function confirm(seed: number) {
  for (const to of ['submitting', 'submitted', 'included', 'confirmed'] as const) await change(seed, to);
}
const typesIn = (due: readonly DueEvent[]) => due.map(({ event }) => event?.type);

/** Delivers all that is due, one after the other, and tells what it was. */
async function drain(id: string) {
  const delivered: DueEvent[] = [];
  for (const first of await store().take(id, 100)) {
    let next: DueEvent | undefined = first;
    while (next !== undefined) {
      delivered.push(next);
      next = await store().record(id, next, { kind: 'delivered' });
    }
  }
  return delivered;
}

describe('the outbox of an endpoint', () => {
  it('has every end of a settlement, its rollback and its finality, in order, as the record was then', async () => {
    at(START_MS);
    const { id } = await endpointOf('shop');
    await claim(1, 'shop');
    await confirm(1);
    at(START_MS + 10);
    await change(1, 'submitted');
    at(START_MS + 20);
    await change(1, 'included');
    await change(1, 'confirmed');
    await change(1, 'confirmed');
    at(START_MS + 2_000);
    expect(await harness.journal.conclude(NETWORK, txHash(1))).toBe(true);

    // Only the first one of a settlement is due.
    expect(typesIn(await store().take(id, 100))).toEqual(['settlement.confirmed']);
    const delivered = await drain(id);
    expect(typesIn(delivered)).toEqual([
      'settlement.confirmed',
      'settlement.rolled_back',
      'settlement.confirmed',
      'settlement.final',
    ]);
    expect(new Set(delivered.map((it) => it.id)).size).toBe(4);
    const records = delivered.map(({ event }) => {
      if (event?.type === 'webhook.test' || event === undefined) throw new Error('expected a settlement');
      return present(decodeNamedFields(event.network, event.txHash, event.record));
    });
    expect(records.map(({ state }) => state)).toEqual(['confirmed', 'submitted', 'confirmed', 'confirmed']);
    expect(records.map(({ block }) => block?.hash)).toEqual([BLOCK.hash, undefined, BLOCK.hash, BLOCK.hash]);
    expect(delivered.map(({ event }) => event?.atMs)).toEqual([0, 10, 20, 2_000].map((ms) => START_MS + ms));
    expect(await store().take(id, 100)).toEqual([]);
    expect(await store().backlog()).toMatchObject({ endpoints: 1, waiting: 0, dead: 0, dropped: 0 });
  });

  it('has failures and expiries', async () => {
    at(START_MS);
    const { id } = await endpointOf('shop');
    for (const seed of [1, 2]) await claim(seed, 'shop');
    await change(1, 'submitting');
    await change(1, 'failed');
    await change(2, 'expired');
    expect(typesIn(await store().take(id, 100)).sort()).toEqual(['settlement.expired', 'settlement.failed']);
  });

  it('has nothing of strangers, of other keys and of a key without an endpoint', async () => {
    const { id } = await endpointOf('shop');
    await claim(1);
    await claim(2, 'other');
    for (const seed of [1, 2]) await confirm(seed);
    expect(await store().take(id, 100)).toEqual([]);
    expect(await harness.redis.keys('*webhooks:lane*')).toEqual([]);
  });

  it('has room for so many events; what comes then is counted, and told by a replay', async () => {
    at(START_MS);
    const { id } = await endpointOf('shop');
    for (let seed = 1; seed <= LIMIT + 2; seed += 1) {
      await claim(seed, 'shop');
      await confirm(seed);
    }
    expect(await store().counts(id)).toEqual({ waiting: LIMIT, dead: 0 });
    expect((await store().find('shop'))?.dropped).toBe(2);
    expect(await harness.journal.replay(NETWORK, txHash(LIMIT + 1))).toEqual({ kind: 'full' });
    expect(await harness.journal.replay(NETWORK, txHash(1))).toEqual({ kind: 'there' });
    await drain(id);
    expect(await harness.journal.replay(NETWORK, txHash(LIMIT + 1))).toEqual({ kind: 'added' });
    expect(typesIn(await drain(id))).toEqual(['settlement.confirmed']);
  });

  it('never keeps a settlement from its end, whatever is damaged', async () => {
    const { id } = await endpointOf('shop');
    await harness.redis.del(`{x402}:webhooks:events:${id}`);
    await harness.redis.set(`{x402}:webhooks:events:${id}`, 'not a sorted set');
    await claim(1, 'shop');
    await confirm(1);
    expect(present(await harness.journal.read(NETWORK, txHash(1))).state).toBe('confirmed');
  });
});

describe('what became of an attempt', () => {
  const failed = (nextAtMs: number, more: object = {}): WebhookAttempt => ({
    kind: 'failed',
    problem: 'status 500',
    attempts: 1,
    nextAtMs,
    ...more,
  });
  async function oneEach(...seeds: readonly number[]) {
    at(START_MS);
    const { id } = await endpointOf('shop');
    for (const seed of seeds) {
      await claim(seed, 'shop');
      await confirm(seed);
    }
    return id;
  }
  const firstOf = async (id: string) => {
    const [first] = await store().take(id, 1);
    if (first === undefined) throw new Error('expected an event');
    return first;
  };

  it('failed: its settlement waits, others do not', async () => {
    const id = await oneEach(1, 2);
    const first = await firstOf(id);
    expect(await store().record(id, first, failed(START_MS + 500))).toBeUndefined();
    const left = await store().take(id, 100);
    expect(left).toHaveLength(1);
    expect(left[0]?.lane).not.toBe(first.lane);
    await drain(id);
    expect(await store().due(10)).toEqual([]);
    at(START_MS + 500);
    expect(await store().due(10)).toEqual([id]);
    expect(await store().take(id, 100)).toEqual([{ ...first, attempts: 1 }]);
  });

  it('failed, and the endpoint wants to be left alone: all wait', async () => {
    const id = await oneEach(1, 2);
    await store().record(id, await firstOf(id), failed(START_MS + 10, { notBeforeMs: START_MS + 900 }));
    expect(await store().take(id, 100)).toEqual([]);
    at(START_MS + 899);
    expect(await store().due(10)).toEqual([]);
    at(START_MS + 900);
    expect(await store().due(10)).toEqual([id]);
    expect(await store().take(id, 100)).toHaveLength(2);
  });

  it('dead: kept for a replay, and the next event of its settlement is due', async () => {
    const id = await oneEach(1);
    at(START_MS + 10);
    await change(1, 'submitted');
    const first = await firstOf(id);
    const next = await store().record(id, first, { kind: 'dead', problem: 'status 500' });
    expect(next?.event?.type).toBe('settlement.rolled_back');
    expect(await store().dead(id)).toMatchObject([{ event: { id: first.id }, diedAtMs: START_MS + 10 }]);
    await drain(id);
    expect(await store().revive('shop', LIMIT)).toEqual({ revived: 1, left: 0 });
    expect(await drain(id)).toMatchObject([{ id: first.id, event: { type: 'settlement.confirmed' } }]);
    expect(await store().revive('shop', LIMIT)).toEqual({ revived: 0, left: 0 });
  });

  it('stopped: nothing is due and nothing is written, until its URL is set again', async () => {
    const id = await oneEach(1);
    await store().record(id, await firstOf(id), { kind: 'stopped', problem: 'status 410', attempts: 1 });
    expect(await store().due(10)).toEqual([]);
    expect(await store().take(id, 10)).toEqual([]);
    await claim(2, 'shop');
    await confirm(2);
    expect(await store().counts(id)).toEqual({ waiting: 1, dead: 0 });
    expect(await harness.journal.replay(NETWORK, txHash(2))).toEqual({ kind: 'stopped' });
    expect(await store().backlog()).toMatchObject({ endpoints: 1, stopped: 1, waiting: 0 });
    expect(await store().set('shop', 'https://shop.example/new')).toBe('changed');
    expect(await store().take(id, 10)).toHaveLength(1);
  });

  it('is of no account where another worker was faster, or the endpoint is gone', async () => {
    const id = await oneEach(1);
    at(START_MS + 10);
    await change(1, 'submitted');
    const first = await firstOf(id);
    await store().record(id, first, { kind: 'delivered' });
    // A worker that was paused comes back with what it sent long ago.
    for (const late of [failed(START_MS + 99_999), { kind: 'dead', problem: 'x' }] as const)
      expect(await store().record(id, first, late)).toBeUndefined();
    expect(typesIn(await store().take(id, 10))).toEqual(['settlement.rolled_back']);
    expect(await store().dead(id)).toEqual([]);
    expect(await store().remove('shop')).toBe(1);
    expect(await store().record(id, first, failed(0))).toBeUndefined();
    expect(await harness.redis.keys('*webhooks*')).toEqual([]);
  });
});

describe('an endpoint', () => {
  it('keeps its secret when its URL changes, and signs with two while it rotates', async () => {
    at(START_MS);
    const before = await endpointOf('shop');
    const after = await endpointOf('shop', 'https://shop.example/other');
    expect(after).toEqual({ ...before, url: 'https://shop.example/other' });
    expect(await store().rotate('shop', START_MS + 5)).toBe(true);
    const rotated = await endpointOf('shop', 'https://shop.example/other');
    expect(rotated).toEqual({
      ...after,
      salt: rotated.salt,
      previousSalt: before.salt,
      previousUntilMs: START_MS + 5,
    });
    expect(rotated.salt).not.toBe(before.salt);
    expect(await store().rotate('nobody', 0)).toBe(false);
  });

  it('is listed by the name of its key, and tells what a test came to', async () => {
    at(START_MS);
    await endpointOf('b');
    const { id } = await endpointOf('a');
    expect((await store().list()).map(({ key }) => key)).toEqual(['a', 'b']);
    expect(await store().test('nobody', LIMIT)).toMatchObject({ outcome: 'no-endpoint' });
    const test = await store().test('a', LIMIT);
    const [due] = await store().take(id, 10);
    expect(due).toMatchObject({ id: test.id, event: { type: 'webhook.test' } });
    if (due !== undefined) await store().record(id, due, { kind: 'forgotten', problem: 'status 500' });
    expect((await store().find('a'))?.lastTest).toEqual({
      id: test.id,
      outcome: 'forgotten',
      problem: 'status 500',
    });
    expect(await store().counts(id)).toEqual({ waiting: 0, dead: 0 });
  });
});

it('costs a journal without webhooks nothing', async () => {
  await endpointOf('shop');
  const { createRedisJournal } = await import('@x402-facilitator/journal');
  const off = createRedisJournal({ redis: harness.redis });
  await claim(1, 'shop');
  for (const to of ['submitting', 'submitted', 'included', 'confirmed'] as const)
    await off.transition(changeTo(to, { txHash: txHash(1) }));
  expect(await harness.redis.keys('*webhooks:lane*')).toEqual([]);
});
