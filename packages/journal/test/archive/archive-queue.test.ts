import type { SignedReceipt } from '@x402-facilitator/cardano';
import {
  createArchiveQueue,
  createReceiptStore,
  createRedisJournal,
  decodeArchived,
  isSameCall,
  readArchiveBacklog,
  type SettlementState,
} from '@x402-facilitator/journal';
import { describe, expect, it } from 'vitest';
import { BLOCK, changeTo, claimOf, input, NETWORK, present, txHash, useJournal } from '../support/harness.js';
import { recordKey } from '../support/index.js';

const RECEIPT: SignedReceipt = {
  format: 'cip8',
  payload: '{}',
  signature: '84',
  key: 'a4',
  address: 'addr_test1',
};
const RETENTION_MS = 100_000;
const STABLE_MS = 1_000;
const CALL = { caller: 'shop', keyName: 'shop', idempotencyKey: 'order-1', redemption: 'once' } as const;

const harness = useJournal({ stabilityMs: STABLE_MS, retentionMs: RETENTION_MS, archiveMaxBacklog: 2 });
const queue = () => createArchiveQueue({ redis: harness.redis, network: NETWORK, retentionMs: RETENTION_MS });
const backlogAt = (atMs: number) => readArchiveBacklog({ redis: harness.redis, network: NETWORK }, atMs);
const receipts = () => createReceiptStore({ redis: harness.redis, network: NETWORK });
const idsDue = (atMs: number) => queue().due(atMs, 10);
const ttlOf = (seed: number) => harness.redis.pttl(recordKey(txHash(seed)));

async function advance(seed: number, ...states: readonly SettlementState[]) {
  for (const to of states) {
    const { state } = present(await harness.journal.read(NETWORK, txHash(seed)));
    const outcome = await harness.journal.transition(changeTo(to, { txHash: txHash(seed), from: [state] }));
    expect(outcome.kind).toBe('changed');
  }
}

/** Confirmed, and past its stability window. Returns when. */
async function makeFinal(seed: number, more: Parameters<typeof claimOf>[1] = {}): Promise<number> {
  const startMs = Date.now();
  harness.at(startMs);
  await harness.journal.claim(claimOf(seed, { expiresAtMs: startMs, ...more }));
  await advance(seed, 'submitting', 'submitted', 'included', 'confirmed');
  const finalMs = startMs + STABLE_MS;
  harness.at(finalMs);
  return finalMs;
}

const conclude = (seed: number) => harness.journal.conclude(NETWORK, txHash(seed));

describe('with an archive', () => {
  it('what failed is due in the write that ends it, and Redis keeps it until it is marked', async () => {
    await harness.journal.claim(claimOf(1));
    await advance(1, 'submitting');
    expect(await idsDue(Date.now() + RETENTION_MS * 9)).toEqual([]);
    await advance(1, 'failed');
    expect(await ttlOf(1)).toBe(-1);
    expect(await idsDue(Date.now())).toEqual([txHash(1)]);

    const [record] = await queue().read([txHash(1)]);
    expect(record?.reading.ok && record.reading.value).toEqual(
      present(await harness.journal.read(NETWORK, txHash(1))),
    );
    expect(record && decodeArchived(NETWORK, txHash(1), record.fields)).toEqual(record?.reading);
    expect(await queue().mark(record ? [record] : [], Date.now())).toEqual([txHash(1)]);
    expect(await idsDue(Number.MAX_SAFE_INTEGER)).toEqual([]);
    expect(await ttlOf(1)).toBeGreaterThan(RETENTION_MS);
  });

  it('a confirmed one is due once it is final, collected, and has its receipt', async () => {
    const finalMs = await makeFinal(1);
    await harness.journal.deliver(NETWORK, txHash(1), CALL);
    expect(await idsDue(Number.MAX_SAFE_INTEGER)).toEqual([]);
    expect(await conclude(1)).toBe(true);
    expect(await backlogAt(finalMs)).toEqual({ due: 0, waiting: 1, oldestDueMs: undefined });
    await receipts().store(txHash(1), BLOCK.hash, RECEIPT);
    expect(await idsDue(finalMs)).toEqual([txHash(1)]);
    expect(await backlogAt(finalMs)).toMatchObject({ due: 1, waiting: 0 });
    const [record] = await queue().read([txHash(1)]);
    expect(JSON.parse(record?.receipt ?? '')).toEqual(RECEIPT);
  });

  it('a collection that comes last makes it due, too', async () => {
    const finalMs = await makeFinal(1);
    await receipts().store(txHash(1), BLOCK.hash, RECEIPT);
    await conclude(1);
    expect(await idsDue(finalMs)).toEqual([]);
    await harness.journal.deliver(NETWORK, txHash(1), CALL);
    expect(await idsDue(finalMs)).toEqual([txHash(1)]);
  });

  it('what moves a channel’s money waits for no receipt', async () => {
    const finalMs = await makeFinal(1, { kind: 'claim' });
    await harness.journal.deliver(NETWORK, txHash(1), CALL);
    await conclude(1);
    expect(await idsDue(finalMs)).toEqual([txHash(1)]);
  });

  it('one that was not collected is due when it would be let go, and is not handed out after that', async () => {
    const finalMs = await makeFinal(1);
    await conclude(1);
    const untilMs = finalMs + RETENTION_MS;
    expect(await idsDue(untilMs - 1)).toEqual([]);
    expect(await idsDue(untilMs)).toEqual([txHash(1)]);
    harness.at(untilMs);
    expect((await harness.journal.deliver(NETWORK, txHash(1), CALL))?.kind).toBe('too-late');
    const record = await queue().read([txHash(1)]);
    await queue().mark(record, untilMs);
    // By Redis's own clock that is still to come.
    expect(await harness.redis.pexpiretime(recordKey(txHash(1)))).toBe(untilMs);
  });

  it('one that changed after it was read stays due', async () => {
    const finalMs = await makeFinal(1);
    await conclude(1);
    const read = await queue().read([txHash(1)]);
    await harness.journal.deliver(NETWORK, txHash(1), CALL);
    expect(await queue().mark(read, finalMs)).toEqual([]);
    const collected = await queue().read([txHash(1)]);
    await receipts().store(txHash(1), BLOCK.hash, RECEIPT);
    expect(await queue().mark(collected, finalMs)).toEqual([]);
    expect(await idsDue(finalMs)).toEqual([txHash(1)]);
    expect(await queue().mark(await queue().read([txHash(1)]), finalMs)).toEqual([txHash(1)]);
    // No receipt is added to what is archived, and a marked one is not listed again.
    expect(await queue().adopt(finalMs)).toBe(0);
  });

  it('claims nothing new while too many wait, and takes on again once they are archived', async () => {
    for (const seed of [1, 2]) {
      await harness.journal.claim(claimOf(seed, { inputs: [input(seed)] }));
      await advance(seed, 'submitting');
    }
    await advance(1, 'failed');
    await harness.journal.claim(claimOf(3));
    await advance(2, 'failed');
    expect(await harness.journal.claim(claimOf(4))).toEqual({ kind: 'archive-behind' });
    // What was claimed is joined, and goes on.
    expect((await harness.journal.claim(claimOf(3))).kind).toBe('joined');
    await advance(3, 'submitting');
    await queue().mark(await queue().read([txHash(1)]), Date.now());
    expect((await harness.journal.claim(claimOf(4))).kind).toBe('claimed');
  });

  it('what ended without it is listed, once', async () => {
    const before = createRedisJournal({
      redis: harness.redis,
      policy: { retentionMs: RETENTION_MS, stabilityMs: STABLE_MS },
    });
    for (const seed of [1, 2]) {
      await before.claim(claimOf(seed));
      await before.transition(changeTo('submitting', { txHash: txHash(seed), from: ['queued'] }));
    }
    await before.transition(changeTo('failed', { txHash: txHash(1), from: ['submitting'] }));
    expect(await ttlOf(1)).toBeGreaterThan(0);
    expect(await queue().adopt(Date.now())).toBe(1);
    expect(await ttlOf(1)).toBe(-1);
    expect(await idsDue(Date.now())).toEqual([txHash(1)]);
    expect(await queue().adopt(Date.now())).toBe(0);
  });

  it.each([
    ['a payment', {}, { isDelivered: true, hasReceipt: true }],
    ['one without its receipt', {}, { isDelivered: true, hasReceipt: false }],
    ['one that was not collected', {}, { isDelivered: false, hasReceipt: true }],
    ['a claim', { kind: 'claim' }, { isDelivered: true, hasReceipt: false }],
  ] as const)('what is listed later is due as if it had been listed at its end: %s', async (_, more, has) => {
    const finalMs = await makeFinal(1, more);
    if (has.hasReceipt) await receipts().store(txHash(1), BLOCK.hash, RECEIPT);
    if (has.isDelivered) await harness.journal.deliver(NETWORK, txHash(1), CALL);
    await conclude(1);
    const [list, id] = ['{x402}:journal:preview:archive-due', txHash(1)];
    const listed = await harness.redis.zscore(list, id);
    expect(listed).not.toBeNull();
    await harness.redis.zrem(list, id);
    expect(await queue().adopt(finalMs)).toBe(1);
    expect(await harness.redis.zscore(list, id)).toBe(listed);
  });

  it('a success that was archived is had again by the same call alone', async () => {
    await makeFinal(1);
    await harness.journal.deliver(NETWORK, txHash(1), CALL);
    const [record] = await queue().read([txHash(1)]);
    if (record === undefined) throw new Error('expected a record');
    const settlement = present(record.reading);
    expect(isSameCall(settlement, record.fields, CALL)).toBe(true);
    expect(isSameCall(settlement, record.fields, { ...CALL, caller: 'other', keyName: 'other' })).toBe(false);
    expect(isSameCall(settlement, record.fields, { ...CALL, idempotencyKey: 'order-2' })).toBe(false);
    const resuming = { caller: 'shop', keyName: 'shop', redemption: 'resume' } as const;
    expect(isSameCall(settlement, record.fields, resuming)).toBe(true);
    expect(isSameCall(settlement, record.fields, { ...resuming, paymentIdentifier: 'p'.repeat(16) })).toBe(
      false,
    );
  });
});
