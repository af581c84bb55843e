import {
  type LedgerStep,
  type PaymentRequest,
  type Refusal,
  type Result,
  SUPPORTED_SCHEMES,
  type VerificationPolicy,
} from '@x402-facilitator/cardano';
import { expect, test } from 'vitest';
import { askScripts, askValidator } from '../../support/internals.js';
import { type PaymentChanges, paymentOn } from '../../support/payment.js';
import { walletOf } from '../../support/wallet.js';
import { MemoryWorld, POLICY } from '../../support/world.js';

/** A payment on the way to the ledger's judgement, and the verdict that it gets in one go. */
async function onItsWay(changes: PaymentChanges, policy: VerificationPolicy = POLICY) {
  const world = new MemoryWorld();
  const request: PaymentRequest = await paymentOn(world, changes);
  const transaction = unrefused(unrefused(SUPPORTED_SCHEMES.read(request, policy)).decode(world.facts));
  const checked = unrefused(transaction.check(world.knownAbout(transaction)));
  if (checked.kind === 'broadcast') throw new Error('nothing was broadcast here');
  return { step: checked.check(world.factsFor(checked)), whole: world.verify(request, policy) };
}

function unrefused<T>(result: Result<T, Refusal>): T {
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

function passed({ step }: Awaited<ReturnType<typeof onItsWay>>): LedgerStep {
  return unrefused(step);
}

test.each<[string, boolean, PaymentChanges]>([
  ['a good payment', true, {}],
  [
    'a payment in an encoding that the validator cannot read',
    true,
    { transaction: ({ spec }) => ({ ...spec, encoding: { length: 'indefinite' } }) },
  ],
  [
    'a payment that its payer has not signed',
    false,
    { transaction: ({ spec }) => ({ ...spec, signers: [walletOf('stranger')] }) },
  ],
])(
  '%s gets the same verdict when another thread answers the ledger’s question',
  async (_, isGood, changes) => {
    const payment = await onItsWay(changes);
    const question = passed(payment).question();
    if (question === undefined) throw new Error('expected a question, found none');
    // As it goes to another thread and comes back.
    const asked = structuredClone(question);
    const answer =
      asked.kind === 'plain'
        ? { validated: askValidator(asked.validator) }
        : { scripts: askScripts(asked.scripts) };
    expect(passed(payment).judge(structuredClone(answer))).toEqual(payment.whole);
    expect(payment.whole.ok).toBe(isGood);
  },
);

test('an answer that refuses is what the verdict goes by', async () => {
  const payment = await onItsWay({});
  expect(passed(payment).judge({ validated: { kind: 'failed', message: 'the thread died' } })).toMatchObject({
    ok: false,
    error: {
      code: 'invalid_exact_cardano_payload_phase1_invalid',
      message: expect.stringContaining('the thread died'),
    },
  });
});

test('a payment that a cheaper rule refuses is not asked about', async () => {
  const { step, whole } = await onItsWay({
    transaction: ({ spec }) => ({ ...spec, fee: spec.fee + 1n }),
  });
  expect(step).toEqual(whole);
  expect(step).toMatchObject({ error: { code: 'invalid_exact_cardano_payload_value_not_conserved' } });
});

test('nothing is asked of the ledger where the policy goes by the rules alone', async () => {
  const payment = await onItsWay({}, { ...POLICY, ledger: 'rules' });
  expect(passed(payment).question()).toBeUndefined();
});
