import {
  assembleWitness,
  blake2b224,
  decodeTransaction,
  fromHex,
  type SchemeRegistry,
  toHex,
} from '@x402-facilitator/cardano';
import {
  type Journal,
  type Settlement,
  type SignOutcome,
  type SponsorshipStore,
  sponsorshipIdSchema,
  type UnreadableSponsorship,
} from '@x402-facilitator/journal';
import type { SponsorshipPolicy } from '@x402-facilitator/shared/config';
import type { Logger, SponsorshipMetrics } from '@x402-facilitator/shared/telemetry';
import type { Verifier } from '@x402-facilitator/shared/verification';
import type { FacilitatorWallet } from '../wallet/index.js';
import type { SpendingCap } from './spending-cap.js';
import { type SponsoredPayment, verifyFromRecord } from './verify-from-record.js';

/** The result of completing a sponsored payment. */
export type Completed =
  /** The payer's bytes with the wallet's signature in them. */
  | { readonly kind: 'completed'; readonly bytes: Uint8Array }
  /** The wallet refuses to sign this; nothing was sent. */
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  /** It cannot be signed now, or not by this worker. */
  | { readonly kind: 'later'; readonly message: string };

/** Completes sponsored payments with the wallet's signature. */
export interface Sponsor {
  /** @throws JournalUnavailableError when Redis does not answer. */
  complete(settlement: Settlement): Promise<Completed>;
}

export type SponsorOptions = {
  readonly wallet: FacilitatorWallet;
  readonly schemes: Pick<SchemeRegistry, 'of' | 'isRetryable'>;
  readonly verifier: Verifier;
  readonly store: Pick<SponsorshipStore, 'read' | 'bind' | 'markSigned'>;
  readonly journal: Pick<Journal, 'readSignedTransaction' | 'readRequest' | 'completeTransaction'>;
  readonly policy: SponsorshipPolicy;
  readonly cap: SpendingCap;
  readonly metrics: Pick<SponsorshipMetrics, 'decided'>;
  readonly logger: Logger;
};

/**
 * Creates the one place where the wallet signs for others. It verifies the payment from the record, books its cost here
 * and in Redis, signs it, and stores the complete bytes. After a crash each step may be repeated; the signature is
 * always the same. Bytes are sent only once they are stored, so a payment that is refused here was never sent.
 */
export function createSponsor(options: SponsorOptions): Sponsor {
  const { wallet, schemes, store, journal, policy, cap, metrics, logger } = options;
  const ownKeyHash = wallet.parsedAddress.payment.hash;

  const isCompleted = (bytes: Uint8Array) => {
    const decoded = decodeTransaction(bytes);
    return (
      decoded.ok &&
      decoded.value.vkeyWitnesses.some(({ publicKey }) => toHex(blake2b224(publicKey)) === ownKeyHash)
    );
  };

  const sign = ({ txHash, bytes: unsigned }: SponsoredPayment): Uint8Array => {
    const id = fromHex(txHash) ?? new Uint8Array();
    const bytes = assembleWitness(unsigned, wallet.publicKey, wallet.sign(id));
    const decoded = decodeTransaction(bytes);
    if (!decoded.ok || decoded.value.id !== txHash)
      throw new Error(`expected the transaction ${txHash} with one more signature, found another`);
    return bytes;
  };

  const decide = async (settlement: Settlement): Promise<Completed> => {
    const { network, txHash } = settlement;
    const codes = schemes.of(settlement.scheme).codes.sponsorship;
    const requestText = await journal.readRequest(network, txHash);
    const verified = await verifyFromRecord({ ...options, settlement, requestText });
    if (!verified.ok) {
      const { code, message } = verified.error;
      // This is not a verdict on the payment: it may be signed later.
      return { kind: schemes.isRetryable(code) ? 'later' : 'refused', code, message };
    }
    const payment = verified.value;

    const { feeLovelace, lentLovelace } = payment.sponsorship;
    const id = sponsorshipIdSchema.parse(payment.sponsorship.id);
    // It is usually bound already. But an earlier, failed request for the same payment may have released the
    // reservation while this one was claimed. The claim came later, so it counts.
    const bound = await store.bind({
      id,
      txHash,
      payer: payment.payer,
      input: payment.sponsorship.output,
      transactionExpiresAtMs: settlement.expiresAtMs,
    });
    if (bound.kind === 'unreadable') return later(bound.record);
    if (bound.kind !== 'bound')
      return refused(codes[bound.kind], `the reservation cannot be bound to this transaction: ${bound.kind}`);
    if (!cap.take(txHash, feeLovelace + lentLovelace))
      return refused(codes.unavailable, 'this worker has reached its own spending limit of the day');
    const cost = { feeLovelace, lentLovelace, limits: policy.limits };
    const agreed = await store.markSigned({ id, txHash, ...cost });
    if (agreed.kind !== 'signed') {
      cap.giveBack(txHash);
      if (agreed.kind === 'unreadable') return later(agreed.record);
      return refusedByBooks(codes, agreed);
    }

    const bytes = sign(payment);
    if (!(await journal.completeTransaction(network, txHash, bytes)))
      return { kind: 'later', message: 'the settlement has ended' };
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

function refused(code: string, message: string): Completed {
  return { kind: 'refused', code, message: `sponsorship: ${message}` };
}

/** Nothing is signed on books that cannot be read. That says nothing about the payment. */
function later({ reason }: UnreadableSponsorship): Completed {
  return { kind: 'later', message: `sponsorship: its record or its books cannot be read: ${reason}` };
}

type Codes = SchemeRegistry['fallback']['codes']['sponsorship'];

function refusedByBooks(
  codes: Codes,
  outcome: Exclude<SignOutcome, { kind: 'signed' | 'unreadable' }>,
): Completed {
  switch (outcome.kind) {
    case 'not-bound':
      return refused(
        codes.unknown,
        `expected a reservation that is bound to this transaction, found ${outcome.state ?? 'none'}`,
      );
    case 'too-dear':
      return refused(
        codes.mismatch,
        `expected a cost of at most ${outcome.reservedLovelace} lovelace, and always the same`,
      );
    case 'limit-reached':
      return refused(codes.unavailable, `the day’s limit (${outcome.limit}) is reached`);
  }
}
