import {
  assembleWitness,
  blake2b224,
  decodeTransaction,
  fromHex,
  type Refusal,
  type RefusalCode,
  toHex,
} from '@x402-facilitator/cardano';
import type { Journal, Settlement } from '@x402-facilitator/journal';
import {
  type BindOutcome,
  type SignOutcome,
  type SponsorshipStore,
  sponsorshipIdSchema,
} from '@x402-facilitator/journal';
import type { SponsorshipPolicy } from '@x402-facilitator/shared/config';
import type { Logger, SponsorshipMetrics } from '@x402-facilitator/shared/telemetry';
import type { Verifier } from '@x402-facilitator/shared/verification';
import type { FacilitatorWallet } from '../wallet/index.js';
import type { SpendingCap } from './spending-cap.js';
import { type SponsoredPayment, verifyFromRecord } from './verify-from-record.js';

/** What may be sent of a sponsored payment. */
export type Completed =
  /** The payer's bytes with the wallet's signature in them. */
  | { readonly kind: 'completed'; readonly bytes: Uint8Array }
  /** The wallet will not sign this; nothing was sent. */
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  /** Not now, or not by this worker. */
  | { readonly kind: 'later'; readonly message: string };

/** Completes sponsored payments with the wallet's signature. */
export interface Sponsor {
  /** @throws JournalUnavailableError when Redis does not answer. */
  complete(settlement: Settlement): Promise<Completed>;
}

export type SponsorOptions = {
  readonly wallet: FacilitatorWallet;
  readonly verifier: Verifier;
  readonly store: Pick<SponsorshipStore, 'read' | 'bind' | 'markSigned'>;
  readonly journal: Pick<Journal, 'readSignedTransaction' | 'readRequest' | 'completeTransaction'>;
  readonly policy: SponsorshipPolicy;
  readonly cap: SpendingCap;
  readonly metrics: Pick<SponsorshipMetrics, 'decided'>;
  readonly logger: Logger;
};

const P = 'invalid_exact_cardano_payload_sponsorship';
const UNAVAILABLE: RefusalCode = 'exact_cardano_facilitator_sponsorship_unavailable';

/** Refusals that say nothing of the payment: it may be signed in a moment. */
const NO_VERDICT: ReadonlySet<RefusalCode> = new Set<RefusalCode>([
  'exact_cardano_facilitator_chain_lookup_failed',
  UNAVAILABLE,
]);

/**
 * Creates the one place where the wallet signs for others. It verifies the payment from the record, books its cost here
 * and in Redis, signs, which gives the same signature each time, and keeps the complete bytes. After a crash each step
 * may be repeated. Bytes are sent only once they are kept: a payment that is refused here was never sent.
 */
export function createSponsor(options: SponsorOptions): Sponsor {
  const { wallet, store, journal, policy, cap, metrics, logger } = options;
  const ownKeyHash = wallet.parsedAddress.payment.hash;

  const isCompleted = (bytes: Uint8Array) => {
    const decoded = decodeTransaction(bytes);
    return (
      decoded.kind === 'decoded' &&
      decoded.transaction.vkeyWitnesses.some(({ publicKey }) => toHex(blake2b224(publicKey)) === ownKeyHash)
    );
  };

  const sign = ({ transaction }: SponsoredPayment): Uint8Array => {
    const id = fromHex(transaction.id) ?? new Uint8Array();
    const bytes = assembleWitness(transaction.bytes, wallet.publicKey, wallet.sign(id));
    const decoded = decodeTransaction(bytes);
    if (decoded.kind === 'undecodable' || decoded.transaction.id !== transaction.id)
      throw new Error(`expected the transaction ${transaction.id} with one more signature, found another`);
    return bytes;
  };

  const decide = async (settlement: Settlement): Promise<Completed> => {
    const { network, txHash } = settlement;
    const requestText = await journal.readRequest(network, txHash);
    const payment = await verifyFromRecord({ ...options, settlement, requestText });
    if (payment.kind === 'refused') return notNow(payment) ?? payment;

    const { feeLovelace, lentLovelace } = payment.sponsorship;
    const id = sponsorshipIdSchema.parse(payment.sponsorship.id);
    // It is bound already, unless an earlier request for the same payment failed and took the reservation back just
    // when this one was claimed: the claim came after, so that it counts.
    const bound = await store.bind({
      id,
      txHash,
      payer: payment.payer,
      input: payment.sponsorship.output,
      transactionExpiresAtMs: settlement.expiresAtMs,
    });
    if (bound.kind !== 'bound') return refusedByReservation(bound);
    if (!cap.take(txHash, feeLovelace + lentLovelace))
      return refused(UNAVAILABLE, 'this worker has spent what it may on one day');
    const cost = { feeLovelace, lentLovelace, limits: policy.limits };
    const agreed = await store.markSigned({ id, txHash, ...cost });
    if (agreed.kind !== 'signed') {
      cap.giveBack(txHash);
      return refusedByBooks(agreed);
    }

    const bytes = sign(payment);
    if (!(await journal.completeTransaction(network, txHash, bytes)))
      return { kind: 'later', message: 'the settlement is over' };
    logger.info(
      { transaction: txHash, metadata: { feeLovelace: `${feeLovelace}`, lentLovelace: `${lentLovelace}` } },
      'signed for a sponsored payment',
    );
    return { kind: 'completed', bytes };
  };

  return {
    async complete(settlement) {
      const { network, txHash } = settlement;
      const kept = await journal.readSignedTransaction(network, txHash);
      if (kept === undefined) throw new Error(`the journal holds no signed transaction for ${txHash}`);
      if (isCompleted(kept)) return { kind: 'completed', bytes: kept };
      const decision = await decide(settlement);
      if (decision.kind === 'completed') metrics.decided(network, 'signed');
      if (decision.kind === 'refused') metrics.decided(network, 'refused');
      return decision;
    },
  };
}

function notNow({ code, message }: Refusal): Completed | undefined {
  return NO_VERDICT.has(code) ? { kind: 'later', message } : undefined;
}

function refused(code: RefusalCode, message: string): Completed {
  return { kind: 'refused', code, message: `sponsorship: ${message}` };
}

function refusedByReservation(outcome: Exclude<BindOutcome, { kind: 'bound' }>): Completed {
  return refused(
    `${P}_${outcome.kind}`,
    `the reservation cannot be bound to this transaction: ${outcome.kind}`,
  );
}

function refusedByBooks(outcome: Exclude<SignOutcome, { kind: 'signed' }>): Completed {
  switch (outcome.kind) {
    case 'not-bound':
      return refused(
        `${P}_unknown`,
        `expected a reservation that is bound to this transaction, found ${outcome.state ?? 'none'}`,
      );
    case 'too-dear':
      return refused(
        `${P}_mismatch`,
        `expected a cost of at most ${outcome.reservedLovelace} lovelace, and always the same`,
      );
    case 'limit-reached':
      return refused(UNAVAILABLE, `the day’s limit (${outcome.limit}) is reached`);
  }
}
