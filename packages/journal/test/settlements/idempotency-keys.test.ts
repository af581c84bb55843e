import { createIdempotencyKeys, JournalUnavailableError } from '@x402-facilitator/journal';
import { expect, it } from 'vitest';
import { NETWORK, txHash, useJournal } from '../support/harness.js';

const harness = useJournal();
const keys = () => createIdempotencyKeys({ redis: harness.redis });
const KEY = { caller: 'key:shop', key: 'order-1' };
const payment = { network: NETWORK, txHash: txHash(1), binding: 'ab' } as const;
const inAnHour = () => Date.now() + 3_600_000;

it('gives a key to the first payment that takes it, and keeps it for that one', async () => {
  const takers = Array.from({ length: 20 }, (_, at) => ({ ...payment, txHash: txHash(at) }));
  const outcomes = await Promise.all(takers.map((taker) => keys().take(KEY, taker, inAnHour())));
  expect(outcomes.filter((outcome) => outcome === 'new')).toHaveLength(1);
  expect(outcomes.filter((outcome) => outcome === 'taken')).toHaveLength(19);
  const winner = takers[outcomes.indexOf('new')] ?? payment;
  expect(await keys().take(KEY, winner, inAnHour())).toBe('kept');
});

it.each([
  ['transaction', { txHash: txHash(2) }],
  ['binding', { binding: 'cd' }],
  ['network', { network: 'cardano:preprod' as const }],
])('a payment of another %s is another payment', async (_what, change) => {
  expect(await keys().take(KEY, payment, inAnHour())).toBe('new');
  expect(await keys().take(KEY, { ...payment, ...change }, inAnHour())).toBe('taken');
});

it('keys of two callers are two keys, however they are written', async () => {
  const other = { ...payment, txHash: txHash(2) };
  expect(await keys().take({ caller: 'a', key: 'b' }, payment, inAnHour())).toBe('new');
  for (const key of [
    { caller: 'ab', key: '' },
    { caller: '', key: 'ab' },
    { caller: 'b', key: 'a' },
  ])
    expect(await keys().take(key, other, inAnHour())).toBe('new');
});

it('a key that is given back, or whose time is over, is free', async () => {
  const other = { ...payment, txHash: txHash(2) };
  expect(await keys().take(KEY, payment, inAnHour())).toBe('new');
  await keys().giveBack(KEY);
  expect(await keys().take(KEY, other, Date.now() + 50)).toBe('new');
  await expect.poll(() => keys().take(KEY, payment, inAnHour())).toBe('new');
});

it('stores neither the key nor its caller', async () => {
  await keys().take(KEY, payment, inAnHour());
  const [name = '', ...others] = await harness.redis.keys('*');
  expect(others).toEqual([]);
  expect(name).toMatch(/^\{x402\}:journal:idempotency:[0-9a-f]{64}$/);
});

it('says so when Redis is away', async () => {
  const lonely = harness.connect('producer');
  lonely.disconnect();
  await expect(createIdempotencyKeys({ redis: lonely }).take(KEY, payment, inAnHour())).rejects.toThrow(
    JournalUnavailableError,
  );
});
