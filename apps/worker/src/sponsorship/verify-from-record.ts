import {
  type AcceptedPayment,
  ok,
  type PaymentRequest,
  type Refusal,
  type Result,
  refuse,
  type SchemeRegistry,
  type SponsoredCost,
} from '@x402-facilitator/cardano';
import {
  type Settlement,
  type SponsorshipStore,
  sponsorshipFactOf,
  sponsorshipIdSchema,
} from '@x402-facilitator/journal';
import type { SponsorshipPolicy } from '@x402-facilitator/shared/config';
import type { Verifier } from '@x402-facilitator/shared/verification';
import { bindingOf } from '@x402-facilitator/shared/wire';
import { recordedRequest } from '../settlement/index.js';
import type { FacilitatorWallet } from '../wallet/index.js';

/** A payment that may be signed, with its cost. */
export type SponsoredPayment = AcceptedPayment & { readonly sponsorship: SponsoredCost };

/**
 * Verifies a sponsored payment again, by this worker's own configuration, its own wallet's address and fresh facts of
 * the chain. It uses only the request in the record, which it does not trust more than a stranger's. Everything else in
 * the record must agree with that request.
 *
 * @returns a refusal with a retryable code is not a verdict.
 * @throws JournalUnavailableError when Redis does not answer.
 */
export async function verifyFromRecord(options: {
  readonly settlement: Settlement;
  /** The request as the record holds it. */
  readonly requestText: string | undefined;
  readonly wallet: FacilitatorWallet;
  readonly schemes: Pick<SchemeRegistry, 'of'>;
  readonly verifier: Verifier;
  readonly store: Pick<SponsorshipStore, 'read'>;
  readonly policy: SponsorshipPolicy;
}): Promise<Result<SponsoredPayment, Refusal>> {
  const { settlement, requestText, wallet, schemes, verifier, store, policy } = options;
  const { codes } = schemes.of(settlement.scheme);
  const mismatch = (message: string) => refuse(codes.sponsorship.mismatch, `sponsorship: ${message}`);
  const request = recordedRequest(requestText);
  if (!request.ok) return mismatch('the record holds no request that could be verified');
  if (bindingOf(request.value) !== settlement.binding)
    return mismatch('the request in the record is not the one that was claimed');
  const { verdict } = await verifier(request.value as PaymentRequest, {
    fresh: true,
    lookUpSponsorship: async (_network, id, txHash) => {
      const known = sponsorshipIdSchema.safeParse(id);
      const reading = known.success ? await store.read(known.data) : ok(undefined);
      return sponsorshipFactOf(reading, { txHash, policy, walletAddress: wallet.address });
    },
  });
  if (!verdict.ok) return verdict;
  const payment = verdict.value;
  if (payment.kind === 'commitment' || payment.sponsorship === undefined)
    return mismatch('the request in the record names no reservation');
  const { sponsorship } = payment;
  if (sponsorship.signer !== wallet.parsedAddress.payment.hash)
    return mismatch('the payment wants another key’s signature');
  const differing = differenceOf(settlement, payment, sponsorship);
  return differing === undefined
    ? ok({ ...payment, sponsorship })
    : mismatch(`the record says another ${differing} than the request in it`);
}

/** The first thing on which the record and the request disagree. */
function differenceOf(
  settlement: Settlement,
  payment: AcceptedPayment,
  { id }: SponsoredCost,
): string | undefined {
  const pairs: Readonly<Record<string, readonly [unknown, unknown]>> = {
    transaction: [settlement.txHash, payment.txHash],
    sponsorship: [settlement.sponsorship, id],
    network: [settlement.network, payment.network],
    payer: [settlement.payer, payment.payer],
    payTo: [settlement.payTo, payment.payTo],
    asset: [settlement.asset, payment.asset],
    amount: [settlement.amount, payment.amount],
    confirmations: [settlement.requiredConfirmations, payment.requiredConfirmations],
    TTL: [settlement.ttl, payment.ttl],
    inputs: [settlement.inputs.join(), payment.inputs.join()],
  };
  return Object.keys(pairs).find((name) => pairs[name]?.[0] !== pairs[name]?.[1]);
}
