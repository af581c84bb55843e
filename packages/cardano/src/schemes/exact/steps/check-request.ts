import type { ShelleyAddress } from '../../../ledger/address/index.js';
import type { OutRef } from '../../../ledger/primitives/out-ref.js';
import type { VerificationPolicy } from '../../policy.js';
import type { PaymentRequest } from '../../request.js';
import { isRefusal, Walk } from '../../rule.js';
import type { RequestFacts } from '../facts/facts.js';
import type { PaymentTerms, Refusal } from '../facts/terms.js';
import type { MethodChecks } from '../methods/index.js';
import { REQUEST_RULES as rules } from '../rules/index.js';
import { sponsorshipRequest } from '../sponsorship/check-sponsorship.js';

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
  const facts = throughRequirements(new Walk({ request, policy }).through(rules.version))
    .through(rules.payload)
    .through(rules.nonce)
    .through(rules.methodRequirements)
    .through(sponsorshipRequest)
    .end();
  if (isRefusal(facts)) return facts;
  const { sponsorshipId } = facts;
  return {
    kind: 'checked-request',
    terms: termsOf(facts),
    payTo: facts.payTo,
    nonce: facts.nonce,
    transactionBase64: facts.transactionBase64,
    methodChecks: facts.methodChecks,
    ...(sponsorshipId === undefined ? {} : { sponsorshipId }),
  };
}

/** Requirements that are sound by themselves: somebody could pay them. */
export type CheckedRequirements = {
  readonly kind: 'checked-requirements';
  readonly terms: PaymentTerms;
  /** `terms.payTo`, taken apart. */
  readonly payTo: ShelleyAddress;
};

/** Rules 2 to 8, for a caller who has requirements and no payment yet. */
export function checkRequirements(
  paymentRequirements: PaymentRequest['paymentRequirements'],
  policy: VerificationPolicy,
): CheckedRequirements | Refusal {
  const paymentPayload = { x402Version: 2, accepted: paymentRequirements, payload: {} };
  const facts = throughRequirements(
    new Walk({ request: { paymentPayload, paymentRequirements }, policy }),
  ).end();
  if (isRefusal(facts)) return facts;
  return { kind: 'checked-requirements', terms: termsOf(facts), payTo: facts.payTo };
}

/** Rules 2 to 8. */
function throughRequirements(walk: Walk<RequestFacts>) {
  return walk
    .through(rules.scheme)
    .through(rules.network)
    .through(rules.price)
    .through(rules.confirmationPolicy)
    .through(rules.method)
    .through(rules.timeout)
    .through(rules.allowedAsset);
}

type RequirementsKnown = Exclude<ReturnType<ReturnType<typeof throughRequirements>['end']>, Refusal>;

function termsOf(facts: RequirementsKnown): PaymentTerms {
  const { request, network, asset, amount, maxTimeoutSeconds, method, requiredConfirmations } = facts;
  const { payTo } = request.paymentRequirements;
  return { network, payTo, asset, amount, maxTimeoutSeconds, method, requiredConfirmations };
}
