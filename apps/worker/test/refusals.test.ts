import { journalKeys } from '@x402-facilitator/journal/testing';
import { describe, expect, it } from 'vitest';
import { type Facilitator, NETWORK } from './support/facilitator.js';
import { refusedAgain } from './support/refused-again.js';
import { useFacilitator } from './support/use-facilitator.js';

const open = useFacilitator();

const SUBMIT = 'POST /tx/submit';

const shown = (failure: string) =>
  `transaction submit error ShelleyTxValidationError ShelleyBasedEraConway (ApplyTxError (${failure} :| []))`;

/** The provider refuses what is sent in these words, so often; else until its faults are cleared. */
function refuseSubmissions({ devnet }: Facilitator, failure: string, count?: number): void {
  devnet.faults.add({
    ...{ kind: 'status', status: 400, message: shown(failure), operation: SUBMIT },
    ...{ probability: 1, when: 'before' },
    ...(count === undefined ? {} : { count }),
  });
}

describe('a refusal', () => {
  it('of bytes that no ledger accepts ends the settlement, with the node’s words, and frees its inputs', async () => {
    const { here, payer } = await open();
    const payment = await payer.sign({ forged: true, from: 0 });
    await here.settle(payment);
    await here.reaches(payment, 'ambiguous');
    await refusedAgain(here, payment);
    here.leap(10_000);
    const settlement = await here.reaches(payment, 'failed');
    expect(settlement).toMatchObject({
      errorReason: 'exact_cardano_settlement_definitively_rejected',
      errorMessage: expect.stringContaining('MissingVKeyWitnesses'),
      attempts: 3,
      finalAtMs: expect.any(Number),
    });
    // The node is asked three times, so that two false answers do not end a payment.
    expect(here.submissionsOf(payment)).toBe(3);

    const good = await payer.sign({ from: 0, lovelace: 3_000_000n, requiredConfirmations: 0 });
    await here.settle(good);
    await here.reaches(good, 'submitted');
  });

  it('counts from when it was asked for, however late a worker comes to judge it', async () => {
    const { here, payer } = await open();
    const payment = await payer.sign({ forged: true, from: 0 });
    await here.settle(payment);
    await here.reaches(payment, 'ambiguous');
    // Asked again at once, as by a worker whose clock is ahead; its look at the chain then takes long.
    here.devnet.faults.add({ kind: 'latency', operation: 'GET /txs/*', ms: 1_500, probability: 1 });
    await here.redis.zadd(journalKeys(NETWORK).due, 0, payment.txHash);
    await expect.poll(() => here.submissionsOf(payment)).toBe(2);
    here.leap(20_000);
    await here.reaches(payment, 'ambiguous');
    expect((await here.read(payment.txHash)).attempts).toBe(2);
    here.devnet.faults.clear();
    await refusedAgain(here, payment, 20_000);
    here.leap(10_000);
    expect((await here.reaches(payment, 'failed')).attempts).toBe(4);
  });

  it('more than a minute after the first one is the first again', async () => {
    const { here, payer } = await open();
    const payment = await payer.sign({ forged: true, from: 0 });
    await here.settle(payment);
    await here.reaches(payment, 'ambiguous');
    await refusedAgain(here, payment, 30_000);
    await refusedAgain(here, payment, 31_000);
    await refusedAgain(here, payment);
    here.leap(10_000);
    expect((await here.reaches(payment, 'failed')).attempts).toBe(5);
  });

  it.each([
    { answer: 'an outage', status: 503, message: 'upstream is away' },
    {
      answer: 'a refusal that a later block may lift',
      status: 400,
      message: shown('ConwayMempoolFailure "MempoolTxTooSlow (0.1s)"'),
    },
  ])('after $answer is the first again', async ({ status, message }) => {
    const { here, payer } = await open();
    const payment = await payer.sign({ forged: true, from: 0 });
    await here.settle(payment);
    await here.reaches(payment, 'ambiguous');
    await refusedAgain(here, payment);
    here.devnet.faults.add({
      kind: 'status',
      status,
      message,
      operation: SUBMIT,
      probability: 1,
      when: 'before',
    });
    await refusedAgain(here, payment);
    here.devnet.faults.clear();
    await refusedAgain(here, payment, 15_000);
    await refusedAgain(here, payment);
    here.leap(10_000);
    expect((await here.reaches(payment, 'failed')).attempts).toBe(6);
  });

  it('of a transaction that is already on the ledger counts as its inclusion', async () => {
    const { here, payer } = await open();
    const payment = await payer.sign({ requiredConfirmations: 0 });
    here.devnet.ledger.submit(payment.signedTransaction);
    here.forge();
    await here.settle(payment);
    const settlement = await here.reaches(payment, 'confirmed');
    expect(settlement.block?.hash).toBe(here.devnet.ledger.chain.tip.hash);
    expect(settlement).not.toHaveProperty('errorReason');
  });

  it('of a transaction that the mempool already holds counts as its submission', async () => {
    const { here, payer } = await open();
    const payment = await payer.sign({ requiredConfirmations: 0 });
    here.devnet.ledger.submit(payment.signedTransaction);
    await here.settle(payment);
    await here.reaches(payment, 'submitted');
    here.forge();
    await here.reaches(payment, 'confirmed');
  });

  it('proves nothing while the chain cannot be read', async () => {
    const { here, payer } = await open();
    here.devnet.faults.add({
      kind: 'status',
      status: 500,
      operation: '/txs/*',
      probability: 1,
      when: 'before',
    });
    const payment = await payer.sign({ forged: true });
    await here.settle(payment);
    const settlement = await here.reaches(payment, 'ambiguous');
    expect(settlement.lastProviderMessage).toMatch(/MissingVKeyWitnesses.*500/);
    here.devnet.faults.clear();
    await refusedAgain(here, payment, 30_000);
    await refusedAgain(here, payment);
    here.leap(10_000);
    await here.reaches(payment, 'failed');
  });
});

describe('a refusal that a later block may lift, or that is false', () => {
  it.each([
    'ConwayMempoolFailure "MempoolTxTooSlow (0.101s)"',
    'ConwayUtxowFailure (UtxoFailure (OutsideValidityIntervalUTxO (ValidityInterval x) (SlotNo 4)))',
    'ConwayUtxowFailure (UtxoFailure (FeeTooSmallUTxO (Mismatch x)))',
    'ConwayUtxowFailure (SomethingNewUTXOW x)',
    'ConwayUtxowFailure (InvalidWitnessesUTXOW (VKey x :| []))',
    'ConwayUtxowFailure (UtxoFailure (ValueNotConservedUTxO (Mismatch x)))',
  ])('costs a moment, not the payment: %s', async (failure) => {
    const { here, payer } = await open();
    refuseSubmissions(here, failure, 1);
    const payment = await payer.sign({ requiredConfirmations: 0 });
    await here.settle(payment);
    await here.reaches(payment, 'submitted');
    here.forge();
    expect(await here.reaches(payment, 'confirmed')).not.toHaveProperty('errorReason');
  });

  it('for a validity start that its tip has not reached waits for the next block', async () => {
    const { here, payer } = await open();
    here.leap(60_000);
    const payment = await payer.sign({ validInMs: 60_000, requiredConfirmations: 0 });
    await here.settle(payment);
    const refused = await here.reaches(payment, 'ambiguous');
    expect(refused.lastProviderMessage).toContain('OutsideValidityIntervalUTxO');
    here.forge();
    await here.reaches(payment, 'submitted');
    here.forge();
    expect(await here.reaches(payment, 'confirmed')).not.toHaveProperty('errorReason');
  });

  it('costs seconds though it is said of every submission for as long as a proxy is wrong', async () => {
    const { here, payer } = await open();
    refuseSubmissions(here, 'ConwayUtxowFailure (InvalidWitnessesUTXOW (VKey x :| []))');
    const payment = await payer.sign({ requiredConfirmations: 0 });
    await here.settle(payment);
    await here.reaches(payment, 'ambiguous');
    // An operator’s impatience brings no further refusal too soon.
    for (const attempts of [2, 3, 4]) {
      await here.queue.requeue({ network: NETWORK, txHash: payment.txHash });
      await expect.poll(async () => (await here.read(payment.txHash)).attempts).toBe(attempts);
      await here.reaches(payment, 'ambiguous');
    }
    here.devnet.faults.clear();
    here.leap(9_000);
    await here.reaches(payment, 'submitted');
    here.forge();
    expect(await here.reaches(payment, 'confirmed')).not.toHaveProperty('errorReason');
  });

  it('costs seconds though it is said in two moments, with nothing between them', async () => {
    const { here, payer } = await open();
    refuseSubmissions(here, 'ConwayUtxowFailure (InvalidWitnessesUTXOW (VKey x :| []))', 2);
    const payment = await payer.sign({ requiredConfirmations: 0 });
    await here.settle(payment);
    await here.reaches(payment, 'ambiguous');
    await refusedAgain(here, payment, 20_000);
    here.leap(10_000);
    await here.reaches(payment, 'submitted');
    here.forge();
    expect(await here.reaches(payment, 'confirmed')).not.toHaveProperty('errorReason');
  });

  it('is sent again until the TTL has passed, and then the payment expires with proof', async () => {
    const { here, payer } = await open();
    refuseSubmissions(here, 'ConwayUtxowFailure (UtxoFailure (FeeTooSmallUTxO (Mismatch x)))');
    const payment = await payer.sign({ validForMs: 120_000 });
    await here.settle(payment);
    await expect.poll(async () => (await here.reaches(payment, 'ambiguous')).attempts).toBeGreaterThan(1);

    here.leap(160_000);
    here.forge();
    expect(await here.reaches(payment, 'expired')).toMatchObject({
      lastProviderMessage: expect.stringContaining('a later block may lift that'),
      proof: { kind: 'ttl-passed' },
    });
  });
});
