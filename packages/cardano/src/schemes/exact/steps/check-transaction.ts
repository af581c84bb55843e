import type { NetworkFacts } from '../../../ledger/facts/chain-facts.js';
import { namedOutputs } from '../../../ledger/phase-1/inputs-and-outputs.js';
import { invalidSignersFromPool } from '../../../ledger/phase-1/signatures.js';
import { type OutRef, outRefKey } from '../../../ledger/primitives/out-ref.js';
import type { Slot } from '../../../ledger/primitives/slot.js';
import type { Transaction, TransactionOutput } from '../../../ledger/transaction/transaction.js';
import { ok, type Result } from '../../../result.js';
import type { Refusal } from '../../refusal.js';
import type { BroadcastStep, OutputsStep, TransactionCheckFacts, TransactionStep } from '../../scheme.js';
import type { SponsorshipFact, SponsorshipUse } from '../../sponsorship.js';
import type { AwaitedWitness, TransactionFacts } from '../facts/facts.js';
import { type FeeSponsorOffer, feeSponsorTransactionStage, spendsOffer } from '../fee-sponsor/index.js';
import { transactionStage } from '../rules/index.js';
import { sponsorshipTransactionStage } from '../sponsorship/index.js';
import { accepted } from './accepted.js';
import { outputsStep } from './check-outputs.js';
import type { CheckedRequest } from './check-request.js';

/** A payment whose rules all hold, but for those that need the outputs that it names. */
export type CheckedTransaction = CheckedRequest & {
  readonly transaction: Transaction;
  readonly networkFacts: NetworkFacts;
  readonly ttl: Slot;
  /** The output that pays `payTo`. */
  readonly payingOutput: TransactionOutput;
  /** The facilitator's output that it may spend. */
  readonly sponsorship?: SponsorshipUse | undefined;
  /** The seller's offer, where it spends the offered output. */
  readonly spentOffer?: FeeSponsorOffer | undefined;
  /** The sponsor's witness, while the transaction lacks it. */
  readonly awaited?: AwaitedWitness | undefined;
};

const NOTHING_RESERVED: SponsorshipFact = { kind: 'unknown' };

/** The decoded transaction of a request. */
export function transactionStep(
  request: CheckedRequest,
  transaction: Transaction,
  networkFacts: NetworkFacts,
): TransactionStep {
  let invalidSigners: readonly string[] | undefined;
  return {
    txHash: transaction.id,
    inputs: transaction.inputs.map(outRefKey),
    termsDigest: request.methodChecks.termsDigest,
    sponsorshipId: request.sponsorshipId,
    async verifySignatures() {
      invalidSigners = await invalidSignersFromPool(transaction);
    },
    check: (facts) => checkTransaction({ ...request, transaction, networkFacts, invalidSigners }, facts),
  };
}

function checkTransaction(
  decoded: CheckedRequest & Pick<TransactionFacts, 'transaction' | 'networkFacts' | 'invalidSigners'>,
  { nowMs, broadcast, termsBoundTo, sponsorship: fact = NOTHING_RESERVED }: TransactionCheckFacts,
): Result<OutputsStep | BroadcastStep, Refusal> {
  const isBroadcast = broadcast !== undefined;
  const known = transactionStage.judge({ ...decoded, nowMs, isBroadcast, termsBoundTo });
  if (!known.ok) return known;
  const { ttl, payingOutput } = known.value;
  const checked: CheckedTransaction = { ...decoded, ttl, payingOutput };
  if (isBroadcast) {
    // What was claimed has every witness, whatever this request's bytes lack.
    const { extra: _awaited, ...payment } = accepted(checked, broadcast.payer);
    return ok({ kind: 'broadcast', payment });
  }
  const { sponsorshipId: id } = decoded;
  const outputs = lookUpOrder(decoded);
  const { offer } = decoded;
  if (offer !== undefined && spendsOffer(decoded.transaction, offer)) {
    const sponsored = feeSponsorTransactionStage.judge({ ...known.value, offer });
    if (!sponsored.ok) return sponsored;
    return ok(outputsStep({ ...checked, spentOffer: offer, awaited: sponsored.value.awaited }, outputs));
  }
  if (id === undefined) return ok(outputsStep(checked, outputs));
  const use = sponsorshipTransactionStage.judge({ ...known.value, fact });
  if (!use.ok) return use;
  const { sponsored: input, changeIndex, feeLovelace, lentLovelace, ledgerSize } = use.value;
  const sponsorship = { id, input, changeIndex, feeLovelace, lentLovelace };
  const awaited = { keyHash: input.changeAddress.payment.hash, ledgerSize };
  return ok(outputsStep({ ...checked, sponsorship, awaited }, outputs));
}

/** The nonce first: a payment made up by a stranger has none that exists. */
function lookUpOrder({
  nonce,
  transaction,
}: Pick<CheckedTransaction, 'nonce' | 'transaction'>): readonly OutRef[] {
  const key = outRefKey(nonce);
  return [nonce, ...namedOutputs(transaction).filter((outRef) => outRefKey(outRef) !== key)];
}
