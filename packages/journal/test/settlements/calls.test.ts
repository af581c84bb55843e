import {
  type Call,
  createRedisJournal,
  isResumable,
  JournalUnavailableError,
} from '@x402-facilitator/journal';
import { describe, expect, it } from 'vitest';
import { changeTo, claimOf, input, NETWORK, present, txHash, useJournal } from '../support/harness.js';

const harness = useJournal();

const SHOP: Call = { caller: 'key:shop', keyName: 'shop', redemption: 'once' };
const RIVAL: Call = { ...SHOP, caller: 'key:rival' };
const NAMES = [
  ['idempotencyKey', 'order-1'],
  ['paymentIdentifier', 'pay_0123456789abcdef'],
] as const;

const claim = (seed: number, call: Call) => harness.journal.claim(claimOf(seed), call);
const settlement = async (seed: number) => present(await harness.journal.read(NETWORK, txHash(seed)));
const confirm = async (seed: number) => {
  for (const state of ['submitting', 'submitted', 'included', 'confirmed'] as const)
    await harness.journal.transition(changeTo(state, { txHash: txHash(seed) }));
};

describe.each(NAMES)('the %s of a call', (name, value) => {
  const call: Call = { ...SHOP, [name]: value };
  const taken = { kind: 'name-taken', name };

  it('stands for the first payment that is claimed under it, and for no other', async () => {
    const seeds = Array.from({ length: 20 }, (_, at) => at + 1);
    const outcomes = await Promise.all(seeds.map((seed) => claim(seed, call)));
    expect(outcomes.filter(({ kind }) => kind === 'claimed')).toHaveLength(1);
    expect(outcomes.filter(({ kind }) => kind === 'name-taken')).toHaveLength(19);
    expect(outcomes).toContainEqual(taken);
    const winner = seeds[outcomes.findIndex(({ kind }) => kind === 'claimed')] ?? 0;
    expect(await claim(winner, call)).toMatchObject({ kind: 'joined' });
    expect(await harness.journal.pending(NETWORK)).toEqual([txHash(winner)]);
  });

  it.each([
    ['transaction', { txHash: txHash(2) }],
    ['binding', { binding: 'cd' }],
    ['network', { network: 'cardano:preprod' as const }],
  ])('is taken for a payment of another %s', async (_what, change) => {
    const payment = { network: NETWORK, txHash: txHash(1), binding: claimOf(1).binding };
    await claim(1, call);
    expect(await harness.journal.readTakenName(call, payment)).toBeUndefined();
    expect(await harness.journal.readTakenName(call, { ...payment, ...change })).toBe(name);
  });

  it('of two callers are two names, however they are written', async () => {
    expect(await claim(1, { ...call, caller: 'a', [name]: 'b' })).toMatchObject({ kind: 'claimed' });
    for (const [caller, other] of [
      ['ab', ''],
      ['', 'ab'],
      ['b', 'a'],
    ] as const)
      expect(
        await harness.journal.readTakenName(
          { ...call, caller, [name]: other },
          { network: NETWORK, txHash: txHash(2), binding: 'x' },
        ),
      ).toBeUndefined();
    expect(await claim(2, { ...call, caller: 'b', [name]: 'a' })).toMatchObject({ kind: 'claimed' });
  });

  it('stays free when nothing is claimed: an input is held, terms are bound, or there is a pause', async () => {
    await claim(1, SHOP);
    expect(await harness.journal.claim(claimOf(2, { inputs: [input(1)] }), call)).toMatchObject({
      kind: 'input-reserved',
    });
    expect(await harness.journal.claim(claimOf(1, { binding: 'other' }), call)).toMatchObject({
      kind: 'bound-elsewhere',
    });
    await harness.redis.set('{x402}:journal:preview:pause', '{}');
    expect(await claim(3, call)).toMatchObject({ kind: 'paused' });
    await harness.redis.del('{x402}:journal:preview:pause');
    expect(await claim(4, call)).toMatchObject({ kind: 'claimed' });
  });

  it('is kept as long as the record of a payment that ends at once', async () => {
    await claim(1, call);
    await harness.journal.transition(changeTo('failed', { txHash: txHash(1) }));
    const record = await harness.redis.pexpiretime(`{x402}:journal:preview:settlement:${txHash(1)}`);
    const [key = ''] = await harness.redis.keys('{x402}:journal:idempotency:*');
    expect(await harness.redis.pexpiretime(key)).toBeGreaterThanOrEqual(record);
  });

  it('is free once its time is over', async () => {
    await claim(1, call);
    const [key = ''] = await harness.redis.keys('{x402}:journal:idempotency:*');
    await harness.redis.pexpire(key, 20);
    await expect.poll(() => claim(2, call)).toMatchObject({ kind: 'claimed' });
  });

  it('stands for a payment that it joins, and is taken when it stands for another', async () => {
    await claim(1, SHOP);
    await claim(2, SHOP);
    expect(await harness.journal.join(await settlement(1), call)).toMatchObject({
      kind: 'joined',
      settlement: { txHash: txHash(1), state: 'queued' },
    });
    expect(await harness.journal.join(await settlement(1), call)).toMatchObject({ kind: 'joined' });
    expect(await harness.journal.join(await settlement(2), call)).toEqual(taken);
    expect(await claim(3, call)).toEqual(taken);
  });

  it('with a value of another type is taken, and stops nothing else', async () => {
    await claim(1, call);
    const [key = ''] = await harness.redis.keys('{x402}:journal:idempotency:*');
    await harness.redis.del(key);
    await harness.redis.lpush(key, 'damaged');
    expect(await claim(2, call)).toEqual(taken);
    expect(await harness.journal.join(await settlement(1), call)).toEqual(taken);
    expect(await claim(2, SHOP)).toMatchObject({ kind: 'claimed' });
  });

  it('is stored as a digest, without its caller', async () => {
    await claim(1, call);
    const keys = await harness.redis.keys('{x402}:journal:idempotency:*');
    expect(keys).toEqual([expect.stringMatching(/^\{x402\}:journal:idempotency:[0-9a-f]{64}$/)]);
  });
});

it('the two names of one text are two names, and one call may give both', async () => {
  const both: Call = { ...SHOP, idempotencyKey: 'same-text-1234567', paymentIdentifier: 'same-text-1234567' };
  expect(await claim(1, { ...SHOP, idempotencyKey: 'same-text-1234567' })).toMatchObject({ kind: 'claimed' });
  expect(await claim(2, { ...SHOP, paymentIdentifier: 'same-text-1234567' })).toMatchObject({
    kind: 'claimed',
  });
  expect(await claim(3, both)).toEqual({ kind: 'name-taken', name: 'idempotencyKey' });
  expect(await claim(1, both)).toEqual({ kind: 'name-taken', name: 'paymentIdentifier' });
});

describe('a success that was collected', () => {
  const paid: Call = { ...SHOP, redemption: 'resume', paymentIdentifier: 'pay_0123456789abcdef' };
  const deliver = async (call?: Call) => (await harness.journal.deliver(NETWORK, txHash(1), call))?.kind;

  it.each<[string, Call, Call, string]>([
    ['the same call', paid, paid, 'delivered'],
    ['the same call of one that collects once', paid, { ...paid, redemption: 'once' }, 'already-delivered'],
    ['another caller', paid, { ...paid, caller: 'key:rival' }, 'already-delivered'],
    ['another identifier', paid, { ...paid, paymentIdentifier: 'pay_fedcba9876543210' }, 'already-delivered'],
    ['no identifier', paid, { ...paid, paymentIdentifier: undefined }, 'already-delivered'],
    ['an identifier where there was none', { ...SHOP, redemption: 'resume' }, paid, 'already-delivered'],
    ['a stranger', paid, { ...paid, keyName: undefined }, 'already-delivered'],
    [
      'a stranger at another address, where a stranger had it',
      { ...paid, caller: 'ip:10.0.0.1', keyName: undefined },
      { ...paid, caller: 'ip:10.0.0.2', keyName: undefined },
      'delivered',
    ],
    [
      'the same Idempotency-Key and another identifier',
      { ...paid, redemption: 'once', idempotencyKey: 'order-1' },
      { ...SHOP, idempotencyKey: 'order-1' },
      'delivered',
    ],
    [
      'another caller with the same Idempotency-Key',
      { ...SHOP, idempotencyKey: 'order-1' },
      { ...RIVAL, idempotencyKey: 'order-1' },
      'already-delivered',
    ],
  ])('under %s', async (_what, first, second, kind) => {
    await claim(1, SHOP);
    await confirm(1);
    expect(await deliver(first)).toBe('delivered');
    expect(await deliver(second)).toBe(kind);
    const isAgain = kind === 'delivered' && second.idempotencyKey === undefined;
    expect(isResumable(await settlement(1), second)).toBe(isAgain);
  });

  it('before versions said to whom is given again by its key alone, or to every call that resumes', async () => {
    await claim(1, SHOP);
    await confirm(1);
    await deliver({ ...SHOP, idempotencyKey: 'order-1' });
    const record = `{x402}:journal:preview:settlement:${txHash(1)}`;
    await harness.redis.hdel(record, 'deliveryCaller', 'deliveredTo');
    expect(await deliver({ ...SHOP, idempotencyKey: 'order-1' })).toBe('delivered');
    expect(await deliver(paid)).toBe('delivered');
    expect(isResumable(await settlement(1), paid)).toBe(true);
    expect(await deliver({ ...paid, redemption: 'once' })).toBe('already-delivered');
  });
});

it('says so when Redis is away', async () => {
  const lonely = harness.connect('producer');
  lonely.disconnect();
  const journal = createRedisJournal({ redis: lonely });
  const call: Call = { ...SHOP, idempotencyKey: 'order-1' };
  await claim(1, SHOP);
  const known = await settlement(1);
  await expect(journal.join(known, call)).rejects.toThrow(JournalUnavailableError);
  await expect(journal.readTakenName(call, known)).rejects.toThrow(JournalUnavailableError);
});
