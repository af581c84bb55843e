import {
  outRefKey,
  type PaymentRequest,
  type Refusal,
  type RefusalCode,
  type SponsoredCost,
  type VerifiedPayment,
} from '@x402-facilitator/cardano';
import type { Settlement } from '@x402-facilitator/journal';
import { type SponsorshipStore, sponsorshipFactOf, sponsorshipIdSchema } from '@x402-facilitator/journal';
import type { SponsorshipPolicy } from '@x402-facilitator/shared/config';
import type { Verifier } from '@x402-facilitator/shared/verification';
import { bindingOf } from '@x402-facilitator/shared/wire';
import { recordedRequest } from '../settlement/index.js';
import type { FacilitatorWallet } from '../wallet/index.js';

/** A payment that may be signed, and what it costs. */
export type SponsoredPayment = VerifiedPayment & { readonly sponsorship: SponsoredCost };

const RECORD: RefusalCode = 'invalid_exact_cardano_payload_sponsorship_mismatch';

/**
 * Judges a sponsored payment once more, by this worker's own configuration, its own wallet's address and what the chain
 * says now. Of the record only the request is used, as a stranger's; whatever else the record says must agree with it.
 *
 * @returns the code `exact_cardano_facilitator_chain_lookup_failed` or `…_sponsorship_unavailable` is no verdict.
 * @throws JournalUnavailableError when Redis does not answer.
 */
export async function verifyFromRecord(options: {
  readonly settlement: Settlement;
  /** What the record holds of the request. */
  readonly requestText: string | undefined;
  readonly wallet: FacilitatorWallet;
  readonly verifier: Verifier;
  readonly store: Pick<SponsorshipStore, 'read'>;
  readonly policy: SponsorshipPolicy;
}): Promise<SponsoredPayment | Refusal> {
  const { settlement, requestText, wallet, verifier, store, policy } = options;
  const request = recordedRequest(requestText);
  if (request === undefined) return refuse('the record holds no request that could be verified');
  if (bindingOf(request) !== settlement.binding)
    return refuse('the request in the record is another than the one that was claimed');
  const { verdict } = await verifier(request as PaymentRequest, {
    fresh: true,
    lookUpSponsorship: async (_network, id, txHash) => {
      const known = sponsorshipIdSchema.safeParse(id);
      const sponsorship = known.success ? await store.read(known.data) : undefined;
      return sponsorshipFactOf(sponsorship, { txHash, policy, walletAddress: wallet.address });
    },
  });
  if (verdict.kind === 'refused') return verdict;
  const { sponsorship } = verdict;
  if (sponsorship === undefined) return refuse('the request in the record names no reservation');
  if (sponsorship.signer !== wallet.parsedAddress.payment.hash)
    return refuse('the payment wants another key’s signature');
  const differing = differenceOf(settlement, verdict, sponsorship);
  return differing === undefined
    ? { ...verdict, sponsorship }
    : refuse(`the record says another ${differing} than the request in it`);
}

/** The first thing on which the record and the request disagree. */
function differenceOf(
  settlement: Settlement,
  { terms, transaction, payer, ttl }: VerifiedPayment,
  { id }: SponsoredCost,
): string | undefined {
  const pairs: Readonly<Record<string, readonly [unknown, unknown]>> = {
    transaction: [settlement.txHash, transaction.id],
    sponsorship: [settlement.sponsorship, id],
    network: [settlement.network, terms.network],
    payer: [settlement.payer, payer],
    payTo: [settlement.payTo, terms.payTo],
    asset: [settlement.asset, terms.asset],
    amount: [settlement.amount, terms.amount],
    confirmations: [settlement.requiredConfirmations, terms.requiredConfirmations],
    TTL: [settlement.ttl, ttl],
    inputs: [settlement.inputs.join(), transaction.inputs.map(outRefKey).join()],
  };
  return Object.keys(pairs).find((name) => pairs[name]?.[0] !== pairs[name]?.[1]);
}

function refuse(message: string): Refusal {
  return { kind: 'refused', code: RECORD, message: `sponsorship: ${message}` };
}
