import { type ValidatorQuestion, validatorQuestion } from '../../../ledger/check/ask-validator.js';
import { unknownInputs } from '../../../ledger/check/check-ledger.js';
import type { ValidatorOutcome } from '../../../ledger/check/validator.js';
import type { AssetFact, NetworkFacts, OutputFacts } from '../../../ledger/facts/chain-facts.js';
import { outRefKey } from '../../../ledger/primitives/out-ref.js';
import type { VerificationPolicy } from '../../policy.js';
import { isRefusal, Walk } from '../../rule.js';
import type { SponsoredCost, SponsorshipUse } from '../../sponsorship.js';
import type { ChainFacts, MethodChecksKnown, PayerKnown, ReservedInput } from '../facts/facts.js';
import type { Refusal, Verdict, VerifiedPayment } from '../facts/terms.js';
import { CHAIN_RULES as rules } from '../rules/index.js';
import { ledgerInput } from '../rules/ledger.js';
import { checkSponsoredInputs } from '../sponsorship/check-sponsorship.js';
import type { CheckedTransaction } from './check-transaction.js';

/** What rules 22 to 29 are judged against. */
export type ChainCheckFacts =
  | {
      readonly alreadyBroadcast?: false;
      /** Facts about `CheckedTransaction.needs`; what is left out counts as unknown. */
      readonly outputs: OutputFacts;
      readonly network: NetworkFacts;
      /** POSIX milliseconds. */
      readonly nowMs: number;
      readonly reservedInput?: ReservedInput | undefined;
      /** The fact about `MethodChecks.registryAsset`, where there is one; left out it counts as unknown. */
      readonly registryAsset?: AssetFact | undefined;
    }
  /**
   * This facilitator has broadcast exactly this transaction (the pending retry): its inputs are spent by itself, so that
   * rules 22 to 29 no longer apply. The settlement record says who paid.
   */
  | { readonly alreadyBroadcast: true; readonly payer: string };

function costOf({ id, input, changeIndex, feeLovelace, lentLovelace }: SponsorshipUse): SponsoredCost {
  const { outRef, changeAddress } = input;
  const signer = changeAddress.payment.hash;
  return { id, output: outRefKey(outRef), signer, changeIndex, feeLovelace, lentLovelace };
}

function verified(
  { terms, transaction, methodChecks, sponsorship }: CheckedTransaction,
  payer: string,
): VerifiedPayment {
  const { ttl, fee } = transaction;
  if (ttl === undefined) throw new TypeError('rule 18 lets no transaction without a TTL pass');
  const { termsDigest } = methodChecks;
  const digest = termsDigest === undefined ? {} : { termsDigest };
  const cost = sponsorship === undefined ? {} : { sponsorship: costOf(sponsorship) };
  return { kind: 'verified', terms, transaction, payer, ttl, fee, ...digest, ...cost };
}

/** A payment whose inputs are good, rules 22 to 27 and those of a sponsorship, and which the ledger has yet to judge. */
export type CheckedInputs = {
  readonly kind: 'checked-inputs';
  readonly checked: CheckedTransaction;
  readonly facts: ChainFacts & PayerKnown & MethodChecksKnown;
};

/** Rules 22 to 27 and the chain's part of a sponsorship, on what the chain says of the outputs that the transaction names. */
export function checkInputs(
  checked: CheckedTransaction,
  { network, ...rest }: Exclude<ChainCheckFacts, { alreadyBroadcast: true }>,
  policy: VerificationPolicy,
): CheckedInputs | Refusal {
  const facts = new Walk({ ...checked, ...rest, networkFacts: network, policy })
    .through(rules.nonceOnChain)
    .through(rules.inputsAvailable)
    .through(rules.inputReserved)
    .through(rules.valueConserved)
    .through(rules.feeMinimum)
    .through(rules.minUtxo)
    .end();
  if (isRefusal(facts)) return facts;
  const { sponsorship, payer } = facts;
  const refusal =
    sponsorship === undefined ? undefined : checkSponsoredInputs({ ...facts, sponsored: sponsorship.input });
  return refusal === undefined ? { kind: 'checked-inputs', checked, facts } : { ...refusal, payer };
}

/**
 * What rule 28 asks the ledger's validator, for a caller who has it answered in another thread: it takes longer than all
 * other rules together. Undefined when there is nothing to ask.
 */
export function ledgerQuestion({ facts }: CheckedInputs): ValidatorQuestion | undefined {
  if (facts.policy.ledger === 'rules') return undefined;
  const input = ledgerInput(facts);
  return unknownInputs(input).length > 0 ? undefined : validatorQuestion(input);
}

/**
 * Rule 28 and the chain's part of rule 29.
 *
 * @param validated the answer to `ledgerQuestion`; asked in this thread when left out.
 */
export function checkByLedger({ checked, facts }: CheckedInputs, validated?: ValidatorOutcome): Verdict {
  const result = new Walk({ ...facts, validated }).through(rules.ledger).through(rules.methodChain).end();
  return isRefusal(result) ? result : verified(checked, result.payer);
}

/** Rules 22 to 28 and the chain's part of rule 29, on what the chain says of the outputs that the transaction names. */
export function checkAgainstChain(
  checked: CheckedTransaction,
  facts: ChainCheckFacts,
  policy: VerificationPolicy,
): Verdict {
  if (facts.alreadyBroadcast) return verified(checked, facts.payer);
  const inputs = checkInputs(checked, facts, policy);
  return isRefusal(inputs) ? inputs : checkByLedger(inputs);
}
