import {
  askValidator,
  type CheckedInputs,
  checkAgainstChain,
  checkByLedger,
  checkInputs,
  checkRequest,
  checkTransaction,
  ledgerQuestion,
  outRefKey,
  type PaymentRequest,
  type VerificationPolicy,
} from '@x402-facilitator/cardano';
import { expect, test } from 'vitest';
import { type PaymentChanges, paymentOn } from '../../support/payment.js';
import { walletOf } from '../../support/wallet.js';
import { MemoryWorld, POLICY } from '../../support/world.js';

/** A payment on the way to the ledger's judgement, and the verdict that it gets in one go. */
async function onItsWay(changes: PaymentChanges, policy: VerificationPolicy = POLICY) {
  const world = new MemoryWorld();
  const request: PaymentRequest = await paymentOn(world, changes);
  const known = { network: world.facts, nowMs: world.nowMs };
  const checkedRequest = checkRequest(request, policy);
  if (checkedRequest.kind === 'refused') throw new Error(checkedRequest.message);
  const checked = checkTransaction(checkedRequest, known, policy);
  if (checked.kind === 'refused') throw new Error(checked.message);
  const outputs = new Map(checked.needs.map((ref) => [outRefKey(ref), world.factOf(ref)] as const));
  const facts = { ...known, outputs };
  return { inputs: checkInputs(checked, facts, policy), whole: checkAgainstChain(checked, facts, policy) };
}

function passed(inputs: Awaited<ReturnType<typeof onItsWay>>['inputs']): CheckedInputs {
  if (inputs.kind === 'refused') throw new Error(inputs.message);
  return inputs;
}

test.each<[string, 'verified' | 'refused', PaymentChanges]>([
  ['a good payment', 'verified', {}],
  [
    'a payment in an encoding that the validator cannot read',
    'verified',
    { transaction: ({ spec }) => ({ ...spec, encoding: { length: 'indefinite' } }) },
  ],
  [
    'a payment that its payer has not signed',
    'refused',
    { transaction: ({ spec }) => ({ ...spec, signers: [walletOf('stranger')] }) },
  ],
])('%s gets the same verdict when another thread answers the ledger’s question', async (_, kind, changes) => {
  const { inputs, whole } = await onItsWay(changes);
  const question = ledgerQuestion(passed(inputs));
  if (question === undefined) throw new Error('expected a question, found none');
  // As it goes to another thread and comes back.
  const answer = structuredClone(askValidator(structuredClone(question)));
  expect(checkByLedger(passed(inputs), answer)).toEqual(whole);
  expect(whole.kind).toBe(kind);
});

test('an answer that refuses is what the verdict goes by', async () => {
  const { inputs } = await onItsWay({});
  expect(checkByLedger(passed(inputs), { kind: 'failed', message: 'the thread died' })).toMatchObject({
    kind: 'refused',
    code: 'invalid_exact_cardano_payload_phase1_invalid',
    message: expect.stringContaining('the thread died'),
  });
});

test('a payment that a cheaper rule refuses is not asked about', async () => {
  const { inputs, whole } = await onItsWay({
    transaction: ({ spec }) => ({ ...spec, fee: spec.fee + 1n }),
  });
  expect(inputs).toEqual(whole);
  expect(inputs).toMatchObject({ code: 'invalid_exact_cardano_payload_value_not_conserved' });
});

test('nothing is asked of the ledger where the policy goes by the rules alone', async () => {
  const { inputs } = await onItsWay({}, { ...POLICY, ledger: 'rules' });
  expect(ledgerQuestion(passed(inputs))).toBeUndefined();
});
