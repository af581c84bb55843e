import type { ShelleyAddress } from '../../../ledger/address/index.js';
import type { OutRef } from '../../../ledger/primitives/out-ref.js';
import { ok, type Result } from '../../../result.js';
import type { VerificationPolicy } from '../../policy.js';
import type { Refusal } from '../../refusal.js';
import type { PaymentRequest } from '../../request.js';
import type { RequestStep, RequiredPayment } from '../../scheme.js';
import type { PaymentTerms } from '../facts/terms.js';
import type { MethodChecks } from '../facts/transfer-method.js';
import type { FeeSponsorOffer, OfferKnown, WitnessKnown } from '../fee-sponsor/index.js';
import { feeSponsorEncodingStage, feeSponsorRequestStage } from '../fee-sponsor/index.js';
import { encodingStage, requestStage, requirementsStage } from '../rules/index.js';
import { sponsorable, sponsorshipRequestStage } from '../sponsorship/index.js';
import { transactionStep } from './check-transaction.js';

/** A request with sound requirements and a payload of the right form. */
export type CheckedRequest = {
  readonly terms: PaymentTerms;
  /** `terms.payTo`, taken apart. */
  readonly payTo: ShelleyAddress;
  readonly nonce: OutRef;
  readonly transactionBase64: string;
  /** The transfer method's checks on the transaction. */
  readonly methodChecks: MethodChecks;
  /** The facilitator's reservation that the payment names. */
  readonly sponsorshipId?: string | undefined;
  /** The seller's offer to pay the fee. */
  readonly offer?: FeeSponsorOffer | undefined;
  readonly policy: VerificationPolicy;
};

/**
 * Judges a payment as far as possible without the chain and without decoding. Method and policy come from the requirements
 * alone; the payer's `accepted` counts for scheme and network only.
 */
export function read(request: PaymentRequest, policy: VerificationPolicy): Result<RequestStep, Refusal> {
  const known = requestStage.judge({ request, policy });
  if (!known.ok) return known;
  const sponsored = sponsorshipRequestStage.judge(known.value);
  if (!sponsored.ok) return sponsored;
  const offered =
    policy.acceptsSponsorWitnesses === true ? feeSponsorRequestStage.judge(known.value) : ok({});
  if (!offered.ok) return offered;
  const { offer, sponsorWitness }: OfferKnown & WitnessKnown = offered.value;
  const { payTo, nonce, transactionBase64, methodChecks } = known.value;
  const { sponsorshipId } = sponsored.value;
  const terms = termsOf(known.value);
  const checked = { terms, payTo, nonce, transactionBase64, methodChecks, sponsorshipId, offer, policy };
  return ok(requestStep(checked, sponsorWitness));
}

/** @param sponsorWitness the seller's, to be put into the transaction. */
function requestStep(request: CheckedRequest, sponsorWitness: WitnessKnown['sponsorWitness']): RequestStep {
  const { terms, transactionBase64 } = request;
  return {
    kind: 'transaction',
    network: terms.network,
    decode(networkFacts) {
      const { parameters } = networkFacts;
      const decoded = encodingStage.judge({ transactionBase64, parameters });
      if (!decoded.ok) return decoded;
      const { transaction } = decoded.value;
      const completed = feeSponsorEncodingStage.judge({ transaction, offer: request.offer, sponsorWitness });
      return completed.ok
        ? ok(transactionStep(request, completed.value.transaction, networkFacts))
        : completed;
    },
  };
}

/** Judges requirements for which no payment exists yet. */
export function readRequirements(
  paymentRequirements: PaymentRequest['paymentRequirements'],
  policy: VerificationPolicy,
): Result<RequiredPayment, Refusal> {
  const paymentPayload = { x402Version: 2, accepted: paymentRequirements, payload: {} };
  const known = requirementsStage.judge({ request: { paymentPayload, paymentRequirements }, policy });
  if (!known.ok) return known;
  const { network, payTo, asset, amount, method } = known.value;
  return ok({ network, payTo, asset, amount, sponsorable: sponsorable(method) });
}

type RequirementsKnown = Extract<ReturnType<typeof requirementsStage.judge>, { ok: true }>['value'];

function termsOf(facts: RequirementsKnown): PaymentTerms {
  const { request, network, asset, amount, maxTimeoutSeconds, method, requiredConfirmations } = facts;
  const { payTo } = request.paymentRequirements;
  return { network, payTo, asset, amount, maxTimeoutSeconds, method, requiredConfirmations };
}
