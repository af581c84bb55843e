import { describe, expect, it } from 'vitest';
import { NETWORK } from './support/facilitator.js';
import { useFacilitator } from './support/use-facilitator.js';

const open = useFacilitator();

const SUBMIT = 'POST /tx/submit';

describe('a node that says it already has the transaction', () => {
  it.each([true, false])('with -1, confirms it only when a mempool shows it: %s', async (isThere) => {
    const { here, payer } = await open({ config: { settle: { acceptMempool: true } } });
    const payment = await payer.sign({ requiredConfirmations: -1 });
    if (isThere) here.devnet.ledger.submit(payment.signedTransaction);
    here.devnet.faults.add({
      kind: 'status',
      status: 400,
      message: 'transaction is already known',
      operation: SUBMIT,
      probability: 1,
      when: 'before',
    });
    await here.settle(payment);
    if (isThere) expect((await here.reaches(payment, 'confirmed')).finality).toBe('mempool');
    else {
      const settlement = await here.reaches(payment, 'ambiguous');
      expect(settlement.lastProviderMessage).toContain('neither a mempool nor a block shows it');
      here.devnet.faults.clear();
      await here.reaches(payment, 'confirmed');
    }
  });
});

describe('a connection that dies', () => {
  it('after the node took the transaction is resolved by a look-up, without a second submission', async () => {
    const { here, payer } = await open();
    here.devnet.faults.add({ kind: 'drop-after', operation: SUBMIT, count: 1, probability: 1 });
    const payment = await payer.sign({ requiredConfirmations: 0 });
    await here.settle(payment);
    await here.reaches(payment, 'ambiguous');
    await here.reaches(payment, 'submitted');
    here.forge();
    expect((await here.reaches(payment, 'confirmed')).attempts).toBe(1);
    expect(here.submissionsOf(payment)).toBe(1);
  });

  it('after the node took the transaction is resolved by the block as well', async () => {
    const { here, payer } = await open();
    here.devnet.faults.add({ kind: 'drop-after', operation: SUBMIT, count: 1, probability: 1 });
    const payment = await payer.sign({ requiredConfirmations: 0 });
    await here.settle(payment);
    await here.reaches(payment, 'ambiguous');
    here.forge();
    await here.reaches(payment, 'confirmed');
    expect(here.submissionsOf(payment)).toBe(1);
  });

  it('before the node saw the transaction is followed by the same bytes again', async () => {
    const { here, payer } = await open();
    here.devnet.faults.add({ kind: 'drop-before', operation: SUBMIT, count: 1, probability: 1 });
    const payment = await payer.sign({ requiredConfirmations: 0 });
    await here.settle(payment);
    await here.reaches(payment, 'ambiguous');
    await here.reaches(payment, 'submitted');
    here.forge();
    expect((await here.reaches(payment, 'confirmed')).attempts).toBe(2);
    expect(here.devnet.ledger.submissions.get(payment.txHash)).toMatchObject({ accepted: 1, lost: 1 });
  });
});

it.each([402, 403, 418, 425, 429, 500, 503])(
  'HTTP %i to a submission is never a rejection',
  async (status) => {
    const { here, payer } = await open();
    here.devnet.faults.add({
      kind: 'status',
      status,
      operation: SUBMIT,
      count: 1,
      probability: 1,
      when: 'before',
      retryAfterSeconds: 1,
    });
    const payment = await payer.sign({ requiredConfirmations: 0 });
    await here.settle(payment);
    expect((await here.reaches(payment, 'ambiguous')).lastProviderMessage).toContain(String(status));
    await here.reaches(payment, 'submitted');
    here.forge();
    await here.reaches(payment, 'confirmed');
  },
);

it('a provider that asks for a pause gets it', async () => {
  const { here, payer } = await open();
  here.devnet.faults.add({
    kind: 'status',
    status: 425,
    operation: SUBMIT,
    count: 1,
    probability: 1,
    when: 'before',
    retryAfterSeconds: 4,
  });
  const payment = await payer.sign();
  const startedMs = Date.now();
  await here.settle(payment);
  await here.reaches(payment, 'ambiguous');
  expect(await here.journal.due(NETWORK, startedMs + 4_000, 10)).toEqual([]);
  await here.reaches(payment, 'submitted');
  expect(Date.now() - startedMs).toBeGreaterThanOrEqual(4_000);
});

describe('a payment that can no longer be included', () => {
  it('because another transaction spent its input fails as superseded, naming input, transaction and block', async () => {
    const { here, payer } = await open();
    here.devnet.faults.add({ kind: 'drop-before', operation: SUBMIT, count: 1, probability: 1 });
    const payment = await payer.sign({ from: 0 });
    await here.settle(payment);
    await here.reaches(payment, 'ambiguous');
    const rival = await payer.sign({ from: 0, lovelace: 4_000_000n });
    here.devnet.ledger.submit(rival.signedTransaction);
    here.forge();
    const settlement = await here.reaches(payment, 'failed');
    const { hash, height } = here.devnet.ledger.chain.tip;
    expect(settlement).toMatchObject({
      errorReason: 'invalid_exact_cardano_payload_input_not_available',
      errorMessage: expect.stringContaining(rival.txHash),
      proof: {
        kind: 'superseded',
        input: payment.inputs[0],
        by: rival.txHash,
        block: { hash, height },
      },
    });
  });

  it('does not fail while its rival is only in the mempool', async () => {
    const { here, payer } = await open();
    const payment = await payer.sign({ from: 0 });
    const rival = await payer.sign({ from: 0, lovelace: 4_000_000n });
    here.devnet.ledger.submit(rival.signedTransaction);
    await here.settle(payment);
    await here.reaches(payment, 'ambiguous');
    here.forge();
    here.leap(30_000);
    expect((await here.reaches(payment, 'failed')).proof).toMatchObject({ kind: 'superseded' });
  });

  it('because its TTL passed expires with proof, once clock, grace and chain have passed it', async () => {
    const { here, payer } = await open();
    here.devnet.faults.add({ kind: 'drop-before', operation: SUBMIT, probability: 1 });
    const payment = await payer.sign({ validForMs: 120_000 });
    await here.settle(payment);
    await here.reaches(payment, 'ambiguous');

    here.leap(140_000);
    here.forge();
    await expect
      .poll(() => here.devnet.requests.snapshot().operations['GET /blocks/latest'] ?? 0)
      .toBeGreaterThan(3);
    expect((await here.read(payment.txHash)).state).toBe('ambiguous');

    here.leap(20_000);
    const settlement = await here.reaches(payment, 'expired');
    expect(settlement).toMatchObject({
      errorReason: 'invalid_exact_cardano_payload_ttl_expired',
      proof: {
        kind: 'ttl-passed',
        ttl: payment.ttl,
        tip: { hash: here.devnet.ledger.chain.tip.hash },
      },
    });
  });

  it('does not expire while the chain has stopped before its TTL', async () => {
    const { here, payer } = await open();
    here.devnet.faults.add({ kind: 'drop-before', operation: SUBMIT, probability: 1 });
    const payment = await payer.sign({ validForMs: 120_000 });
    await here.settle(payment);
    await here.reaches(payment, 'ambiguous');
    here.leap(300_000);
    here.devnet.requests.clear();
    await expect
      .poll(() => here.devnet.requests.snapshot().operations['GET /blocks/latest'] ?? 0)
      .toBeGreaterThan(5);
    expect((await here.read(payment.txHash)).state).toBe('ambiguous');
    here.forge();
    await here.reaches(payment, 'expired');
  });
});
