import type { ShelleyAddress } from '../address/index.js';
import type { MethodChecks } from '../methods/index.js';
import type { OutRef } from '../primitives/out-ref.js';
import { sponsorshipRequest } from '../sponsorship/check-sponsorship.js';
import type { VerificationPolicy } from './policy.js';
import type { PaymentRequest } from './request.js';
import { isRefusal, Walk } from './rule.js';
import { REQUEST_RULES as rules } from './rules/index.js';
import type { PaymentTerms, Refusal } from './verdict.js';

/** A request whose requirements are sound and whose payload is of the right form. */
export type CheckedRequest = {
  readonly kind: 'checked-request';
  readonly terms: PaymentTerms;
  /** `terms.payTo`, taken apart. */
  readonly payTo: ShelleyAddress;
  readonly nonce: OutRef;
  readonly transactionBase64: string;
  /** What the transfer method has to say of the transaction. */
  readonly methodChecks: MethodChecks;
  /** The reservation of the facilitator's that the payment names. */
  readonly sponsorshipId?: string;
};

/**
 * Rules 1 to 10 and the requirements' part of rule 29: everything that can be said of a payment without the chain and without decoding. Method and policy are
 * read from the requirements only; of the payer's `accepted` nothing but scheme and network is looked at.
 */
export function checkRequest(request: PaymentRequest, policy: VerificationPolicy): CheckedRequest | Refusal {
  const facts = new Walk({ request, policy })
    .through(rules.version)
    .through(rules.scheme)
    .through(rules.network)
    .through(rules.price)
    .through(rules.confirmationPolicy)
    .through(rules.method)
    .through(rules.timeout)
    .through(rules.allowedAsset)
    .through(rules.payload)
    .through(rules.nonce)
    .through(rules.methodRequirements)
    .through(sponsorshipRequest)
    .end();
  if (isRefusal(facts)) return facts;
  const { network, asset, amount, payTo, maxTimeoutSeconds, method, requiredConfirmations, sponsorshipId } =
    facts;
  return {
    kind: 'checked-request',
    terms: {
      network,
      payTo: request.paymentRequirements.payTo,
      asset,
      amount,
      maxTimeoutSeconds,
      method,
      requiredConfirmations,
    },
    payTo,
    nonce: facts.nonce,
    transactionBase64: facts.transactionBase64,
    methodChecks: facts.methodChecks,
    ...(sponsorshipId === undefined ? {} : { sponsorshipId }),
  };
}
