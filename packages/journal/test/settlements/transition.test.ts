import { ok, slot } from '@x402-facilitator/cardano';
import type { SettlementState, TransitionRequest } from '@x402-facilitator/journal';
import { SETTLEMENT_STATES } from '@x402-facilitator/journal';
import { describe, expect, it } from 'vitest';
import { BLOCK, changeTo, claimOf, input, NETWORK, present, txHash, useJournal } from '../support/harness.js';
import { isPermitted } from '../support/index.js';

const RECORD_KEY = `{x402}:journal:preview:settlement:${txHash(1)}`;
/** A path from `queued` to each state. */
const PATHS: Readonly<Record<SettlementState, readonly SettlementState[]>> = {
  queued: [],
  submitting: ['submitting'],
  submitted: ['submitting', 'submitted'],
  ambiguous: ['submitting', 'ambiguous'],
  included: ['submitting', 'submitted', 'included'],
  confirmed: ['submitting', 'submitted', 'included', 'confirmed'],
  failed: ['submitting', 'failed'],
  expired: ['submitting', 'submitted', 'expired'],
};

describe('transition', () => {
  const harness = useJournal({ stabilityMs: 60_000, retentionMs: 100_000 });

  const move = (to: SettlementState, request: Partial<Omit<TransitionRequest, 'to'>> = {}) =>
    harness.journal.transition(changeTo(to, { txHash: txHash(1), ...request }));
  const walkTo = async (state: SettlementState) => {
    await harness.journal.claim(claimOf(1));
    for (const step of PATHS[state]) expect((await move(step)).kind).toBe('changed');
  };

  it.each(SETTLEMENT_STATES)('from %s permits exactly what the table of states says', async (from) => {
    for (const to of SETTLEMENT_STATES) {
      await harness.redis.flushdb();
      await walkTo(from);
      const before = present(await harness.journal.read(NETWORK, txHash(1)));
      const outcome = await harness.journal.transition(changeTo(to, { txHash: txHash(1) }, from));
      if (isPermitted(from, to)) {
        expect(outcome).toMatchObject({ kind: 'changed', from, settlement: { state: to } });
      } else {
        expect(outcome).toEqual({ kind: 'refused', settlement: before });
      }
    }
  });

  it('refuses a change from a state that the caller did not expect', async () => {
    await walkTo('submitted');
    expect(await move('submitting', { from: ['queued', 'ambiguous'] })).toMatchObject({ kind: 'refused' });
  });

  it('counts attempts and lets only the running one write', async () => {
    await walkTo('submitting');
    await move('ambiguous');
    const second = await move('submitting');
    expect(second).toMatchObject({ settlement: { attempts: 2 } });
    expect(await move('submitted', { fence: 1 })).toMatchObject({ kind: 'refused' });
    expect(await move('submitted', { fence: 2 })).toMatchObject({ kind: 'changed' });
  });

  it('keeps the earliest slot of the blocks that ever held it, through rollbacks', async () => {
    const earliest = async () => present(await harness.journal.read(NETWORK, txHash(1))).earliestBlockSlot;
    const include = (at: number) =>
      move('included', { change: { block: { ...BLOCK, slot: slot(at) }, confirmations: 0 } });
    await walkTo('submitted');
    expect(await earliest()).toBeUndefined();
    await include(500);
    await move('submitted');
    expect(await earliest()).toBe(500);
    await include(700);
    await move('submitted');
    expect(await earliest()).toBe(500);
    await include(300);
    expect(await earliest()).toBe(300);
  });

  it('knows the slot of a block that a version without that field wrote', async () => {
    await walkTo('included');
    await harness.redis.hdel(RECORD_KEY, 'earliestBlockSlot');
    expect(await move('submitted')).toMatchObject({ settlement: { earliestBlockSlot: BLOCK.slot } });
  });

  it('answers not-found for a settlement that was never claimed', async () => {
    expect(await move('submitting')).toEqual({ kind: 'not-found' });
  });

  it('stamps the time of each step and keeps the block and its depth', async () => {
    const start = Date.now();
    harness.at(start);
    await harness.journal.claim(claimOf(1));
    await move('submitting');
    harness.at(start + 1_000);
    await move('submitted');
    harness.at(start + 2_000);
    await move('included');
    harness.at(start + 3_000);
    await move('confirmed', { change: { confirmations: 1 } });
    expect(present(await harness.journal.read(NETWORK, txHash(1)))).toMatchObject({
      queuedAtMs: start,
      submittedAtMs: start + 1_000,
      includedAtMs: start + 2_000,
      endedAtMs: start + 3_000,
      block: BLOCK,
      confirmations: 1,
      revision: 5,
    });
  });

  it('forgets the block, its depth and the settlement time when the block leaves the chain', async () => {
    await walkTo('confirmed');
    await move('submitted');
    const settlement = present(await harness.journal.read(NETWORK, txHash(1)));
    expect(settlement).toMatchObject({ state: 'submitted', submittedAtMs: expect.any(Number) });
    for (const gone of ['block', 'confirmations', 'includedAtMs', 'endedAtMs']) {
      expect(settlement).not.toHaveProperty(gone);
    }
    expect(await move('included')).toMatchObject({ kind: 'changed' });
  });

  it('releases its inputs when it fails, except an input that now belongs to another', async () => {
    await harness.journal.claim(claimOf(1, { inputs: [input(1), input(2)] }));
    await move('submitting');
    await harness.redis.set(`{x402}:journal:preview:hold:${input(2)}`, txHash(7));
    await move('failed');
    expect(await harness.journal.inFlight(NETWORK, txHash(9), [input(1)])).toEqual(ok({}));
    expect(await harness.journal.inFlight(NETWORK, txHash(9), [input(2)])).toEqual(
      ok({ reserved: { input: input(2), heldBy: txHash(7) } }),
    );
  });

  it('keeps a terminal record for its retention past the later of settlement and TTL', async () => {
    const expiresAtMs = Date.now() + 50_000;
    await harness.journal.claim(claimOf(1, { expiresAtMs }));
    expect(await harness.redis.pttl(RECORD_KEY)).toBe(-1);
    await move('submitting');
    await move('failed');
    const lifetime = await harness.redis.pttl(RECORD_KEY);
    expect(lifetime).toBeGreaterThan(145_000);
    expect(lifetime).toBeLessThanOrEqual(150_000);
  });

  it('watches a confirmation until its stability window has passed, then makes it terminal', async () => {
    const start = Date.now();
    harness.at(start);
    await walkTo('confirmed');
    expect(await harness.journal.pending(NETWORK)).toEqual([txHash(1)]);
    expect(await harness.journal.counts(NETWORK)).toEqual({ pending: 0, awaiting: 0, watched: 1 });

    harness.at(start + 59_999);
    expect(await harness.journal.conclude(NETWORK, txHash(1))).toBe(false);
    harness.at(start + 60_000);
    expect(await harness.journal.stable(NETWORK, start + 60_000, 10)).toEqual([txHash(1)]);
    expect(await harness.journal.conclude(NETWORK, txHash(1))).toBe(true);

    expect(await harness.journal.pending(NETWORK)).toEqual([]);
    expect(await move('submitted')).toMatchObject({ kind: 'refused', settlement: { state: 'confirmed' } });
    expect(await harness.journal.inFlight(NETWORK, txHash(9), [input(1)])).toEqual(ok({}));
    expect(await harness.redis.pttl(RECORD_KEY)).toBeGreaterThan(0);
  });

  it('keeps looking at a confirmation that rests only on the mempool', async () => {
    const start = Date.now();
    harness.at(start);
    await harness.journal.claim(claimOf(1, { requiredConfirmations: -1 }));
    await move('submitting');
    await move('submitted');
    await move('confirmed', { change: { confirmations: -1 } });
    expect(await harness.journal.matchAwaiting(NETWORK, [txHash(1), txHash(2)])).toEqual([txHash(1)]);
    harness.at(start + 120_000);
    expect(await harness.journal.conclude(NETWORK, txHash(1))).toBe(false);
    expect(await harness.journal.due(NETWORK, start + 120_000, 10)).toEqual([txHash(1)]);

    await move('confirmed', { change: { block: BLOCK, confirmations: 0 } });
    expect(await harness.journal.matchAwaiting(NETWORK, [txHash(1)])).toEqual([]);
    expect(await harness.journal.due(NETWORK, Number.MAX_SAFE_INTEGER, 10)).toEqual([]);
    harness.at(start + 180_000);
    expect(await harness.journal.conclude(NETWORK, txHash(1))).toBe(true);
  });

  it('refuses a follower whose lease has passed to another', async () => {
    await walkTo('submitted');
    await harness.redis.set('{x402}:journal:preview:lease-fence', 3);
    expect(await move('included', { leaseFence: 2 })).toMatchObject({ kind: 'refused' });
    expect(await move('included', { leaseFence: 3 })).toMatchObject({ kind: 'changed' });
  });

  it('keeps the proof of why a payment can no longer be included', async () => {
    await walkTo('submitted');
    const proof = { kind: 'superseded', input: input(1), by: txHash(77), block: BLOCK } as const;
    await move('failed', { change: { errorReason: 'superseded', errorMessage: 'spent', proof } });
    expect(present(await harness.journal.read(NETWORK, txHash(1)))).toMatchObject({
      proof,
      errorReason: 'superseded',
      finalAtMs: expect.any(Number),
    });
  });
});

describe('the indexes', () => {
  const harness = useJournal();

  it('list settlements in no block by TTL, those in a block by height, and those due by time', async () => {
    const now = Date.now();
    for (const seed of [1, 2, 3]) {
      harness.at(now + seed);
      await harness.journal.claim(claimOf(seed, { expiresAtMs: now + 10_000 - seed }));
    }
    expect(await harness.journal.awaiting(NETWORK, 2)).toEqual([txHash(3), txHash(2)]);
    expect(await harness.journal.overdue(NETWORK, now + 9_997, 10)).toEqual([txHash(3)]);
    expect(await harness.journal.oldestPendingMs(NETWORK)).toBe(now + 1);
    expect(await harness.journal.due(NETWORK, now + 10_002, 10)).toEqual([txHash(1), txHash(2)]);
    await harness.journal.postpone(NETWORK, txHash(1), now + 60_000);
    expect(await harness.journal.due(NETWORK, now + 10_003, 10)).toEqual([txHash(2), txHash(3)]);

    await harness.journal.transition({
      network: NETWORK,
      txHash: txHash(2),
      from: ['queued'],
      to: 'included',
      change: { block: BLOCK, confirmations: 0 },
    });
    expect(await harness.journal.included(NETWORK)).toEqual([txHash(2)]);
    expect(await harness.journal.includedAbove(NETWORK, 99)).toMatchObject([{ txHash: txHash(2) }]);
    expect(await harness.journal.includedAbove(NETWORK, 100)).toEqual([]);
    expect(await harness.journal.counts(NETWORK)).toEqual({ pending: 3, awaiting: 2, watched: 0 });
    await harness.journal.postpone(NETWORK, txHash(2), now);
    expect(await harness.journal.due(NETWORK, now, 10)).toEqual([]);
  });
});
