import { describe, expect, it } from 'vitest';
import type { Facilitator } from './support/facilitator.js';
import type { Payment } from './support/payments.js';
import { refusedAgain } from './support/refused-again.js';
import { useFacilitator } from './support/use-facilitator.js';

const open = useFacilitator();

/** Often enough to end a settlement. */
async function refusedThrice(here: Facilitator, payment: Payment): Promise<void> {
  for (let time = 0; time < 3; time += 1) await refusedAgain(here, payment, 20_000);
}

describe('a refusal of bytes whose transaction is known to be good ends nothing', () => {
  it('when it was redeemed from bytes without their signatures, and a rollback removes it', async () => {
    const { here, payer } = await open();
    const same = { from: 0, requiredConfirmations: 0, signedAtMs: Date.now() };
    const real = await payer.sign(same);
    const bare = await payer.sign({ ...same, forged: true });
    // The same body: a transaction is named by nothing else.
    expect(bare.txHash).toBe(real.txHash);
    expect(here.devnet.ledger.submit(real.signedTransaction).kind).toBe('accepted');
    here.forge();
    await here.settle({ ...bare, redeemedBecause: 'the shop has no order' });
    await here.reaches(bare, 'confirmed');

    here.devnet.ledger.rollback(1, 'vanish');
    here.forge(2);
    await refusedThrice(here, bare);
    expect((await here.read(bare.txHash)).lastProviderMessage).toMatch(
      /MissingVKeyWitnesses.*a block held it before/,
    );
    expect(here.devnet.ledger.submit(real.signedTransaction).kind).toBe('accepted');
    here.forge();
    expect(await here.reaches(bare, 'confirmed')).not.toHaveProperty('errorReason');
  });

  it('when it was redeemed, and a rollback removed it before any block was seen here', async () => {
    const { here, payer } = await open();
    const payment = await payer.sign({ from: 0, forged: true });
    await here.settle({ ...payment, redeemedBecause: 'the shop has no order' });
    await here.reaches(payment, 'ambiguous');
    await refusedThrice(here, payment);
  });

  it('when a node took it before', async () => {
    const { here, payer } = await open();
    const payment = await payer.sign({ requiredConfirmations: 0 });
    await here.confirm(payment);
    here.devnet.faults.add({
      kind: 'status',
      status: 400,
      message:
        'transaction submit error ApplyTxError (ConwayUtxowFailure (InvalidWitnessesUTXOW (VKey x :| [])) :| [])',
      operation: 'POST /tx/submit',
      probability: 1,
      when: 'before',
    });
    here.devnet.ledger.rollback(1, 'vanish');
    here.forge(2);
    await refusedThrice(here, payment);
    here.devnet.faults.clear();
    here.leap(40_000);
    await here.reaches(payment, 'submitted');
    here.forge();
    expect(await here.reaches(payment, 'confirmed')).not.toHaveProperty('errorReason');
  });

  it('when nobody judged the bytes here', async () => {
    const { here, payer } = await open({ config: { chain: { verification: { ledger: 'rules' } } } });
    const payment = await payer.sign({ from: 0, forged: true });
    await here.settle(payment);
    await here.reaches(payment, 'ambiguous');
    await refusedThrice(here, payment);
    expect((await here.read(payment.txHash)).lastProviderMessage).toContain('not judged here');
  });
});
