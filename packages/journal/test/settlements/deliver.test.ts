import type { Call, SettlementState } from '@x402-facilitator/journal';
import { describe, expect, it } from 'vitest';
import { changeTo, claimOf, NETWORK, txHash, useJournal } from '../support/harness.js';

const callOf = (idempotencyKey: string): Call => ({
  caller: 'key:shop',
  keyName: 'shop',
  idempotencyKey,
  redemption: 'once',
});

describe('deliver', () => {
  const harness = useJournal();

  const move = (to: SettlementState) => harness.journal.transition(changeTo(to, { txHash: txHash(1) }));
  const confirm = async () => {
    await harness.journal.claim(claimOf(1));
    for (const state of ['submitting', 'submitted', 'included', 'confirmed'] as const) await move(state);
  };

  it('delivers one success to a hundred callers at the same moment', async () => {
    await confirm();
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, () => harness.journal.deliver(NETWORK, txHash(1))),
    );
    expect(outcomes.filter((outcome) => outcome?.kind === 'delivered')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome?.kind === 'already-delivered')).toHaveLength(99);
  });

  it('delivers the same success again for the same idempotency key only', async () => {
    await confirm();
    const first = await harness.journal.deliver(NETWORK, txHash(1), callOf('order-1'));
    expect(first).toMatchObject({ kind: 'delivered', settlement: { deliveredAtMs: expect.any(Number) } });
    expect(await harness.journal.deliver(NETWORK, txHash(1), callOf('order-1'))).toEqual(first);
    expect(await harness.journal.deliver(NETWORK, txHash(1), callOf('order-2'))).toMatchObject({
      kind: 'already-delivered',
    });
    expect(await harness.journal.deliver(NETWORK, txHash(1))).toMatchObject({ kind: 'already-delivered' });
  });

  it('does not treat two absent keys as the same key', async () => {
    await confirm();
    await harness.journal.deliver(NETWORK, txHash(1));
    expect(await harness.journal.deliver(NETWORK, txHash(1), callOf(''))).toMatchObject({
      kind: 'already-delivered',
    });
  });

  it('delivers only what is confirmed at this moment', async () => {
    expect(await harness.journal.deliver(NETWORK, txHash(1))).toBeUndefined();
    await confirm();
    await move('submitted');
    expect(await harness.journal.deliver(NETWORK, txHash(1))).toBeUndefined();
  });

  it('stays delivered through a rollback and a second confirmation', async () => {
    await confirm();
    await harness.journal.deliver(NETWORK, txHash(1));
    for (const state of ['submitted', 'included', 'confirmed'] as const) await move(state);
    expect(await harness.journal.deliver(NETWORK, txHash(1))).toMatchObject({ kind: 'already-delivered' });
  });
});
