import {
  ok,
  outRefKey,
  type RefusalCode,
  type SponsorshipFact,
  type VerifiedPayment,
} from '@x402-facilitator/cardano';
import { JournalUnavailableError, type Settlement } from '@x402-facilitator/journal';
import type { Config } from '@x402-facilitator/shared/config';
import type { LookUpInFlight, LookUpSponsorship } from '@x402-facilitator/shared/verification';
import { bindingOf, type PaymentRequestBody, type VerifyResponse } from '@x402-facilitator/shared/wire';
import { failureOf, outcomeOf } from './describe-settlement.js';
import type { Log } from './log.js';
import type { PaymentObserver } from './payment-observer.js';
import type { ServedNetworks } from './served-networks.js';
import { SETTLEMENT_UNREADABLE, SettlementUnreadableError } from './settlement-unreadable.js';
import type { Sponsoring } from './sponsoring.js';

export type VerifyPayment = (request: PaymentRequestBody, log: Log) => Promise<VerifyResponse>;

/** What is no verdict: it may be known in a moment. */
const RETRYABLE: ReadonlySet<string> = new Set<RefusalCode>([
  'exact_cardano_facilitator_chain_lookup_failed',
  'exact_cardano_facilitator_sponsorship_unavailable',
]);

/**
 * `POST /verify`: is this signed payment good for these requirements, here and now? While Redis is away it judges from
 * the chain alone, without what is in flight here: `/settle` will know that. A sponsored payment has to wait for Redis.
 */
export function createVerifyPayment(dependencies: {
  readonly networks: Pick<ServedNetworks, 'of' | 'verify'>;
  /** Unset: no fees are sponsored. */
  readonly sponsoring: Pick<Sponsoring, 'lookUp'> | undefined;
  /** Counts what is answered: the verdict, and what the journal has against the payment. */
  readonly observer: Pick<PaymentObserver, 'judged'>;
  readonly redemption: Config['settle']['redemption'];
  readonly reservation: Config['chain']['reservation'];
}): VerifyPayment {
  const { networks, sponsoring, observer, redemption, reservation } = dependencies;

  return async (request, log) => {
    const answer = await judge(request, log).catch((error: unknown) => {
      if (!(error instanceof SettlementUnreadableError)) throw error;
      return { ...refuse(SETTLEMENT_UNREADABLE, error.message, undefined), extra: { retryable: true } };
    });
    observer.judged(request, answer.invalidReason);
    return answer;
  };

  async function judge(request: PaymentRequestBody, log: Log): Promise<VerifyResponse> {
    const lookUpInFlight: LookUpInFlight = async (network, ...asked) => {
      const found = await orWithoutJournal(log, ok({}), () =>
        networks.of(network).journal.inFlight(network, ...asked),
      );
      if (found.ok) return found.value;
      throw new SettlementUnreadableError(found.error);
    };
    const lookUpSponsorship: LookUpSponsorship | undefined =
      sponsoring && ((...asked) => orWithoutJournal(log, NOT_KNOWN_NOW, () => sponsoring.lookUp(...asked)));
    const { verdict, settlement } = await networks.verify(request, {
      fresh: false,
      lookUpInFlight,
      lookUpSponsorship,
    });
    const taken = settlement && refusalIfTaken(settlement, bindingOf(request));
    if (taken !== undefined) return taken;
    if (verdict.kind === 'refused')
      return {
        ...refuse(verdict.code, verdict.message, verdict.payer),
        ...(RETRYABLE.has(verdict.code) ? { extra: { retryable: true } } : {}),
      };
    if (settlement !== undefined)
      return refusalIfOver(settlement, redemption) ?? { isValid: true, payer: verdict.payer };
    if (reservation.onVerify) {
      const held = await orWithoutJournal(log, undefined, () => hold(verdict));
      if (held !== undefined) return held;
    }
    return { isValid: true, payer: verdict.payer };
  }

  /** Holds the inputs for a seller who serves before settling; a refusal when another transaction has them. */
  async function hold({ terms, transaction, payer }: VerifiedPayment): Promise<VerifyResponse | undefined> {
    const { network } = terms;
    const outcome = await networks.of(network).journal.reserve({
      network,
      txHash: transaction.id,
      payer,
      inputs: transaction.inputs.map(outRefKey),
      ttlMs: reservation.ttlSeconds * 1000,
      maxConcurrent: reservation.maxConcurrent,
    });
    const code = 'invalid_exact_cardano_payload_input_reserved';
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

const NOT_KNOWN_NOW: SponsorshipFact = {
  kind: 'unavailable',
  reason: 'reservations cannot be read now',
};

async function orWithoutJournal<T>(log: Log, otherwise: T, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof JournalUnavailableError)) throw error;
    log.warn({ error }, 'verifying without the journal');
    return otherwise;
  }
}

/** The transaction pays for another request. That settlement is another caller's, so nothing of it is told. */
function refusalIfTaken({ txHash, ...settlement }: Settlement, binding: string): VerifyResponse | undefined {
  if (settlement.binding === binding) return undefined;
  return refuse('duplicate_settlement', `transaction ${txHash} pays for another request`, settlement.payer);
}

/** The payment's success was collected already, or it can no longer be included: nothing is left to serve for. */
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
