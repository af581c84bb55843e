import type { AcceptedPayment, SchemeRegistry } from '@x402-facilitator/cardano';
import type { LookupCaller } from '@x402-facilitator/chain';
import type { Settlement } from '@x402-facilitator/journal';
import type { Config } from '@x402-facilitator/shared/config';
import { bindingOf, type PaymentRequestBody, type VerifyResponse } from '@x402-facilitator/shared/wire';
import { unlessSilent } from '../unless-silent.js';
import { failureOf, outcomeOf } from './describe-settlement.js';
import type { PaymentObserver } from './payment-observer.js';
import type { ServedNetworks } from './served-networks.js';
import { SETTLEMENT_UNREADABLE, SettlementUnreadableError } from './settlement-unreadable.js';
import type { Sponsoring } from './sponsoring.js';

/**
 * A valid verdict makes the seller do its work. The journal usually answers within milliseconds; one that is silent for
 * so long could not accept the settlement either.
 */
const SILENT_JOURNAL_MS = 500;

const heard = <T>(answer: Promise<T>) => unlessSilent(answer, SILENT_JOURNAL_MS);

/** @throws LookupLimitError when the caller's allowance has no room for what has to be looked up. */
export type VerifyPayment = (
  request: PaymentRequestBody,
  /** Pays for the look-ups. */
  caller: LookupCaller,
) => Promise<VerifyResponse>;

/**
 * `POST /verify`: is this signed payment good for these requirements, and can it be settled here and now? While Redis is
 * away payments are still refused by the rules that need nothing of it; no other gets a verdict.
 *
 * @throws JournalUnavailableError when Redis does not answer in time.
 */
export function createVerifyPayment(dependencies: {
  readonly schemes: SchemeRegistry;
  readonly networks: Pick<ServedNetworks, 'of' | 'verify'>;
  /** Unset: no fees are sponsored. */
  readonly sponsoring: Pick<Sponsoring, 'lookUp'> | undefined;
  /** Counts the answers: the verdict, and the journal's objections to the payment. */
  readonly observer: Pick<PaymentObserver, 'judged'>;
  readonly redemption: Config['settle']['redemption'];
  readonly reservation: Config['chain']['reservation'];
}): VerifyPayment {
  const { schemes, networks, sponsoring, observer, redemption, reservation } = dependencies;

  return async (request, caller) => {
    const answer = await judge(request, caller).catch((error: unknown): VerifyResponse => {
      if (!(error instanceof SettlementUnreadableError)) throw error;
      return { ...refuse(SETTLEMENT_UNREADABLE, error.message, undefined), extra: { retryable: true } };
    });
    observer.judged(request, answer.invalidReason);
    return answer;
  };

  async function judge(request: PaymentRequestBody, caller: LookupCaller): Promise<VerifyResponse> {
    const { verdict, settlement } = await networks.verify(request, {
      fresh: false,
      caller,
      async lookUpInFlight(network, ...asked) {
        const found = await heard(networks.of(network).journal.inFlight(network, ...asked));
        if (found.ok) return found.value;
        throw new SettlementUnreadableError(found.error);
      },
      lookUpSponsorship: sponsoring && ((...asked) => heard(sponsoring.lookUp(...asked))),
    });
    const taken = settlement && refusalIfTaken(settlement, bindingOf(request));
    if (taken !== undefined) return taken;
    if (!verdict.ok) {
      const { code, message, payer } = verdict.error;
      return {
        ...refuse(code, message, payer),
        ...(schemes.isRetryable(code) ? { extra: { retryable: true } } : {}),
      };
    }
    const payment = verdict.value;
    if (settlement !== undefined)
      return refusalIfOver(settlement, redemption) ?? { isValid: true, payer: payment.payer };
    if (reservation.onVerify) {
      const held = await heard(hold(payment));
      if (held !== undefined) return held;
    }
    return { isValid: true, payer: payment.payer };
  }

  /** Holds the inputs for a seller who serves before settling. Refuses when another transaction holds them. */
  async function hold({
    scheme,
    network,
    txHash,
    payer,
    inputs,
  }: AcceptedPayment): Promise<VerifyResponse | undefined> {
    const outcome = await networks.of(network).journal.reserve({
      network,
      txHash,
      payer,
      inputs,
      ttlMs: reservation.ttlSeconds * 1000,
      maxConcurrent: reservation.maxConcurrent,
    });
    const code = schemes.of(scheme).codes.inputReserved;
    switch (outcome.kind) {
      case 'reserved':
        return undefined;
      case 'input-reserved':
        return refuse(code, `input ${outcome.input} is held by transaction ${outcome.heldBy}`, payer);
      case 'too-many':
        return refuse(
          code,
          `expected at most ${outcome.limit} verified payments at a time, found more`,
          payer,
        );
    }
  }
}

/**
 * The transaction pays for another request. That settlement belongs to another caller, so the answer says nothing about
 * it.
 */
function refusalIfTaken({ txHash, ...settlement }: Settlement, binding: string): VerifyResponse | undefined {
  if (settlement.binding === binding) return undefined;
  return refuse('duplicate_settlement', `transaction ${txHash} pays for another request`, settlement.payer);
}

/** The payment's success was collected already, or it can no longer be included. There is nothing to serve for. */
function refusalIfOver(
  settlement: Settlement,
  redemption: Config['settle']['redemption'],
): VerifyResponse | undefined {
  const known = { transaction: settlement.txHash, status: outcomeOf(settlement) };
  if (redemption === 'once' && settlement.deliveredAtMs !== undefined)
    return {
      ...refuse(
        'duplicate_settlement',
        `the success of transaction ${settlement.txHash} was collected already`,
        settlement.payer,
      ),
      extra: known,
    };
  const failure = failureOf(settlement);
  return failure === undefined
    ? undefined
    : { ...refuse(failure.code, failure.message, settlement.payer), extra: known };
}

function refuse(code: string, message: string, payer: string | undefined): VerifyResponse {
  return { isValid: false, invalidReason: code, invalidMessage: message, payer: payer ?? '' };
}
