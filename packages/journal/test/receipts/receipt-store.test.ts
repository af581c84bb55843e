import type { SignedReceipt } from '@x402-facilitator/cardano';
import type { SettlementState } from '@x402-facilitator/journal';
import { createReceiptStore } from '@x402-facilitator/journal';
import { describe, expect, it } from 'vitest';
import { BLOCK, changeTo, claimOf, NETWORK, present, txHash, useJournal } from '../support/harness.js';
import { JournalCorruptError } from '../support/index.js';

const RECEIPT: SignedReceipt = {
  format: 'cip8',
  payload: '{}',
  signature: '84',
  key: 'a4',
  address: 'addr_test1',
};
const RETENTION_MS = 100_000;

describe('the receipt store', () => {
  const harness = useJournal({ stabilityMs: 60_000, retentionMs: RETENTION_MS });
  const store = () => createReceiptStore({ redis: harness.redis, network: NETWORK });

  const advance = async (...states: readonly SettlementState[]) => {
    for (const to of states) {
      const { state } = present(await harness.journal.read(NETWORK, txHash(1)));
      const outcome = await harness.journal.transition(changeTo(to, { txHash: txHash(1), from: [state] }));
      expect(outcome.kind).toBe('changed');
    }
  };
  const confirm = async () => {
    await harness.journal.claim(claimOf(1));
    await advance('submitting', 'submitted', 'included', 'confirmed');
  };

  it('lists what is confirmed in a block until its receipt is kept', async () => {
    await harness.journal.claim(claimOf(1));
    await advance('submitting', 'submitted', 'included');
    expect(await store().due(Date.now() + 1, 10)).toEqual([]);
    await advance('confirmed');
    expect(await store().due(Date.now() + 1, 10)).toEqual([txHash(1)]);
    expect(await store().due(Date.now() - 60_000, 10)).toEqual([]);
    const before = await harness.journal.read(NETWORK, txHash(1));
    expect(await store().store(txHash(1), BLOCK.hash, RECEIPT)).toBe(true);
    expect(await store().due(Date.now() + 1, 10)).toEqual([]);
    expect(await store().read(txHash(1))).toEqual(RECEIPT);
    // A receipt does not change the settlement.
    expect(await harness.journal.read(NETWORK, txHash(1))).toEqual(before);
  });

  it('keeps the first receipt', async () => {
    await confirm();
    expect(await store().store(txHash(1), BLOCK.hash, RECEIPT)).toBe(true);
    expect(await store().store(txHash(1), BLOCK.hash, { ...RECEIPT, payload: '{"a":1}' })).toBe(false);
    expect(await store().read(txHash(1))).toEqual(RECEIPT);
  });

  it('keeps none for another block, for a settlement that is not confirmed, or for an unknown one', async () => {
    await confirm();
    expect(await store().store(txHash(1), 'b2'.repeat(32), RECEIPT)).toBe(false);
    expect(await store().due(Date.now() + 1, 10)).toEqual([txHash(1)]);
    await advance('submitted');
    expect(await store().store(txHash(1), BLOCK.hash, RECEIPT)).toBe(false);
    expect(await store().store(txHash(2), BLOCK.hash, RECEIPT)).toBe(false);
    expect(await store().read(txHash(1))).toBeUndefined();
    expect(await harness.redis.exists(`{x402}:journal:preview:settlement:${txHash(2)}`)).toBe(0);
  });

  it('loses a receipt together with the block that it names, and keeps it when more blocks come', async () => {
    await confirm();
    await store().store(txHash(1), BLOCK.hash, RECEIPT);
    await advance('confirmed');
    expect(await store().read(txHash(1))).toEqual(RECEIPT);
    await advance('submitted');
    expect(await store().read(txHash(1))).toBeUndefined();
    await advance('included', 'confirmed');
    expect(await store().due(Date.now() + 1, 10)).toEqual([txHash(1)]);
  });

  it('still lists a confirmation that has become final, and forgets it unsigned after its retention', async () => {
    const start = Date.now();
    harness.at(start);
    await confirm();
    harness.at(start + 61_000);
    expect(await harness.journal.conclude(NETWORK, txHash(1))).toBe(true);
    expect(await store().due(start + 61_000, 10)).toEqual([txHash(1)]);
    harness.at(start + RETENTION_MS + 1);
    await harness.journal.claim(claimOf(2));
    for (const to of ['submitting', 'submitted', 'included', 'confirmed'] as const)
      await harness.journal.transition(
        changeTo(to, { txHash: txHash(2), from: ['queued', 'submitting', 'submitted', 'included'] }),
      );
    expect(await store().due(start + 10 * RETENTION_MS, 10)).toEqual([txHash(2)]);
  });

  it('rejects a stored value that is not a receipt', async () => {
    await confirm();
    await harness.redis.hset(`{x402}:journal:preview:settlement:${txHash(1)}`, 'receipt', '{"format":"x"}');
    await expect(store().read(txHash(1))).rejects.toThrow(JournalCorruptError);
  });

  it('the resource of a claim is kept', async () => {
    await harness.journal.claim(claimOf(1));
    expect(present(await harness.journal.read(NETWORK, txHash(1)))).not.toHaveProperty('resource');
    await harness.journal.claim(claimOf(2, { resource: 'https://shop.example/a' }));
    expect(present(await harness.journal.read(NETWORK, txHash(2)))).toMatchObject({
      resource: 'https://shop.example/a',
    });
  });
});
