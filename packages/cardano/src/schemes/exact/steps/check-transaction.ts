import { namedOutputs } from '../../../ledger/check/inputs-and-outputs.js';
import type { NetworkFacts } from '../../../ledger/facts/chain-facts.js';
import type { OutRef } from '../../../ledger/primitives/out-ref.js';
import type { TxHash } from '../../../ledger/primitives/tx-hash.js';
import type { Transaction, TransactionOutput } from '../../../ledger/transaction/transaction.js';
import type { VerificationPolicy } from '../../policy.js';
import { isRefusal, Walk } from '../../rule.js';
import type { SponsorshipFact, SponsorshipUse } from '../../sponsorship.js';
import type { PaymentTerms, Refusal } from '../facts/terms.js';
import type { MethodChecks } from '../methods/index.js';
import { TRANSACTION_RULES as rules } from '../rules/index.js';
import { checkSponsorship } from '../sponsorship/check-sponsorship.js';
import type { CheckedRequest } from './check-request.js';

/** A checked request with its transaction decoded: the id is known, nothing else is judged yet. */
export type DecodedPayment = Omit<CheckedRequest, 'kind'> & {
  readonly kind: 'decoded-payment';
  readonly transaction: Transaction;
};

/** A payment that is good as far as it can be judged without the outputs that it spends. */
export type CheckedTransaction = {
  readonly kind: 'checked-transaction';
  readonly terms: PaymentTerms;
  readonly nonce: OutRef;
  readonly transaction: Transaction;
  /** The output that pays `payTo`. */
  readonly payingOutput: TransactionOutput;
  readonly methodChecks: MethodChecks;
  /** The output of the facilitator's that it may spend. */
  readonly sponsorship?: SponsorshipUse;
  /** The outputs whose facts `checkAgainstChain` asks for, each once. */
  readonly needs: readonly OutRef[];
};

/** What rules 11 to 21 and the transaction's part of rule 29 are judged against. */
export type TransactionCheckFacts = {
  readonly network: NetworkFacts;
  /** POSIX milliseconds. */
  readonly nowMs: number;
  /**
   * True when this facilitator has broadcast exactly this transaction: then rule 18 no longer applies, because the
   * ledger has decided or will.
   */
  readonly alreadyBroadcast?: boolean;
  /** The transaction that `MethodChecks.termsDigest` is bound to, if any is. */
  readonly termsBoundTo?: TxHash | undefined;
  /** What is known of the reservation that `CheckedRequest.sponsorshipId` names; nothing when left out. */
  readonly sponsorship?: SponsorshipFact | undefined;
};

const NOTHING_RESERVED: SponsorshipFact = { kind: 'unknown' };

/** Rule 11 alone, for a caller who must know the transaction's id before it can say whether it was broadcast here. */
export function decodePayment(request: CheckedRequest, network: NetworkFacts): DecodedPayment | Refusal {
  const result = rules.decode.check({
    ...request,
    maxTransactionBytes: network.parameters.maxTransactionBytes,
  });
  return isRefusal(result)
    ? result
    : { ...request, kind: 'decoded-payment', transaction: result.transaction };
}

/** Rules 11 to 21, the transaction's part of rule 29 and that of a sponsorship. Decodes, unless `decodePayment` has. */
export function checkTransaction(
  payment: CheckedRequest | DecodedPayment,
  {
    network,
    nowMs,
    alreadyBroadcast = false,
    termsBoundTo,
    sponsorship: fact = NOTHING_RESERVED,
  }: TransactionCheckFacts,
  policy: VerificationPolicy,
): CheckedTransaction | Refusal {
  const decoded = payment.kind === 'decoded-payment' ? payment : decodePayment(payment, network);
  if (isRefusal(decoded)) return decoded;
  const { terms, payTo, nonce, transaction, methodChecks } = decoded;
  const known = { terms, payTo, nonce, transaction, methodChecks, termsBoundTo };
  const facts = { ...known, networkFacts: network, nowMs, policy };
  const untilTtl = new Walk(facts)
    .through(rules.networkId)
    .through(rules.signed)
    .through(rules.signatures)
    .through(rules.bodyConsistency)
    .through(rules.nonceInInputs)
    .through(rules.phase2Flag);
  const result = (alreadyBroadcast ? untilTtl : untilTtl.through(rules.validityInterval))
    .through(rules.plainPayment)
    .through(rules.payment)
    .through(rules.feeMaximum)
    .through(rules.methodTransaction)
    .end();
  if (isRefusal(result)) return result;
  const needs = namedOutputs(transaction);
  const { payingOutput } = result;
  const checked = {
    kind: 'checked-transaction' as const,
    terms,
    nonce,
    transaction,
    payingOutput,
    methodChecks,
    needs,
  };
  const { sponsorshipId: id } = decoded;
  if (id === undefined || alreadyBroadcast) return checked;
  const sponsorship = checkSponsorship({ ...result, fact });
  return isRefusal(sponsorship) ? sponsorship : { ...checked, sponsorship: { id, ...sponsorship } };
}
