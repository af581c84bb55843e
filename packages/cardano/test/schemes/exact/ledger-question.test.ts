import {
  type LedgerStep,
  type PaymentRequest,
  type Refusal,
  type Result,
  SUPPORTED_SCHEMES,
  type VerificationPolicy,
} from '@x402-facilitator/cardano';
import { expect, test } from 'vitest';
import { LEDGER_CASES } from '../../conformance/ledger-cases.js';
import { judgePhase2 } from '../../support/internals.js';
import { PREVIEW } from '../../support/network.js';
import { type PaymentChanges, paymentOn } from '../../support/payment.js';
import { transactionRequestOf } from '../../support/unwrap.js';
import { walletOf } from '../../support/wallet.js';
import { MemoryWorld, POLICY } from '../../support/world.js';

/** A payment on the way to the ledger's judgement, and the verdict that it gets in one go. */
async function onItsWay(
  payment: (world: MemoryWorld) => Promise<PaymentRequest>,
  policy: VerificationPolicy = POLICY,
) {
  const world = new MemoryWorld();
  const request = await payment(world);
  const transaction = unrefused(
    transactionRequestOf(unrefused(SUPPORTED_SCHEMES.read(request, policy))).decode(world.facts),
  );
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

/** The payment of a case of the ledger’s own rules on its way. */
async function caseOnItsWay(situation: string) {
  const found = LEDGER_CASES.find((example) => example.situation === situation);
  if (found === undefined) throw new Error(`expected a case ${situation}, found none`);
  return onItsWay(found.payment);
}

test.each([
  ['a Plutus script succeeds', true],
  ['a Plutus script fails', false],
])('%s: the verdict is the same when another thread answers the question', async (situation, isGood) => {
  const payment = await caseOnItsWay(situation);
  const question = passed(payment).question();
  if (question === undefined) throw new Error('expected a question, found none');
  // As it goes to another thread and comes back.
  const answer = structuredClone(judgePhase2(structuredClone(question)));
  expect(passed(payment).judge(answer)).toEqual(payment.whole);
  expect(payment.whole.ok).toBe(isGood);
});

test('an answer that refuses is what the verdict goes by', async () => {
  const payment = await caseOnItsWay('a Plutus script succeeds');
  expect(
    passed(payment).judge({ kind: 'notRun', rule: 'NoCostModel', message: 'there is none' }),
  ).toMatchObject({
    ok: false,
    error: {
      code: 'invalid_exact_cardano_payload_phase1_invalid',
      message: expect.stringContaining('NoCostModel: there is none'),
    },
  });
});

test.each<[string, boolean, PaymentChanges]>([
  ['a good payment', true, {}],
  [
    'a payment in indefinite lengths',
    true,
    { transaction: ({ spec }) => ({ ...spec, encoding: { length: 'indefinite' } }) },
  ],
  [
    'a payment that its payer has not signed',
    false,
    { transaction: ({ spec }) => ({ ...spec, signers: [walletOf('stranger')] }) },
  ],
])('%s runs no script, and nothing is asked about it', async (_, isGood, changes) => {
  const payment = await onItsWay((world) => paymentOn(world, changes));
  expect(passed(payment).question()).toBeUndefined();
  expect(passed(payment).judge()).toEqual(payment.whole);
  expect(payment.whole.ok).toBe(isGood);
});

test('a payment with scripts that phase 1 refuses is not asked about', async () => {
  const payment = await caseOnItsWay('a Plutus script has no collateral');
  expect(passed(payment).question()).toBeUndefined();
  expect(passed(payment).judge()).toEqual(payment.whole);
});

test('a payment that a cheaper rule refuses is not asked about', async () => {
  const { step, whole } = await onItsWay((world) =>
    paymentOn(world, { transaction: ({ spec }) => ({ ...spec, fee: spec.fee + 1n }) }),
  );
  expect(step).toEqual(whole);
  expect(step).toMatchObject({ error: { code: 'invalid_exact_cardano_payload_value_not_conserved' } });
});

test('nothing is asked of the ledger where the policy goes by the rules alone', async () => {
  const payment = await onItsWay(paymentOn, { ...POLICY, ledger: 'rules' });
  expect(passed(payment).question()).toBeUndefined();
  expect(passed(payment).opinion()).toBeUndefined();
});

test.each(LEDGER_CASES.filter(({ policy }) => policy === undefined))(
  'for another judge: $situation ($expect)',
  async ({ payment, expect: outcome }) => {
    const step = passed(await onItsWay(payment));
    const question = step.question();
    // Where scripts run, there is no opinion without their answer.
    if (question !== undefined) expect(step.opinion()).toBeUndefined();
    const opinion = step.opinion(question === undefined ? undefined : judgePhase2(question));
    expect(opinion?.failures.length === 0).toBe(outcome === 'verified');
    expect(opinion?.input.transaction.id).toMatch(/^[0-9a-f]{64}$/);
  },
);

test.each([
  ['accept', true],
  ['refuse', false],
  [undefined, true],
] as const)('a protocol version that is not known here, and the setting %s', async (setting, isGood) => {
  const facts = {
    ...PREVIEW,
    parameters: { ...PREVIEW.parameters, protocolVersion: { major: 12, minor: 0 } },
  };
  const world = new MemoryWorld({ facts });
  const policy = setting === undefined ? {} : { unknownProtocolVersion: setting };
  expect(world.verify(await paymentOn(world), policy).ok).toBe(isGood);
});
