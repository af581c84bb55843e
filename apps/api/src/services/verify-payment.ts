import { outRefKey, type VerifiedPayment } from '@x402-facilitator/cardano';
import type { Config } from '@x402-facilitator/shared/config';
import { type Journal, JournalUnavailableError, type Settlement } from '@x402-facilitator/shared/journal';
import { bindingOf, type PaymentRequestBody, type VerifyResponse } from '@x402-facilitator/shared/wire';
import { failureOf, outcomeOf } from './describe-settlement.js';
import type { JudgePayment, LookUpInFlight } from './judge-payment.js';
import type { Log } from './log.js';

export type VerifyPayment = (request: PaymentRequestBody, log: Log) => Promise<VerifyResponse>;

const CHAIN_LOOKUP_FAILED = 'exact_cardano_facilitator_chain_lookup_failed';

/**
 * `POST /verify`: is this signed payment good for these requirements, here and now? While Redis is away it goes on from
 * the chain alone: what is in flight here is then unknown, and `/settle` will know.
 */
export function createVerifyPayment(dependencies: {
  readonly judge: JudgePayment;
  readonly journal: Pick<Journal, 'inFlight' | 'reserve'>;
  readonly redemption: Config['settle']['redemption'];
  readonly reservation: Config['chain']['reservation'];
}): VerifyPayment {
  const { judge, journal, redemption, reservation } = dependencies;

  return async (request, log) => {
    const lookUpInFlight: LookUpInFlight = (network, transaction, inputs) =>
      orWithoutJournal(log, {}, () => journal.inFlight(network, transaction, inputs));
    const { verdict, settlement } = await judge(request, { fresh: false, lookUpInFlight });
    if (settlement !== undefined) {
      const refusal = refusalBecauseOf(settlement, bindingOf(request), redemption);
      if (refusal !== undefined) return refusal;
    }
    if (verdict.kind === 'refused')
      return {
        ...refuse(verdict.code, verdict.message, verdict.payer),
        ...(verdict.code === CHAIN_LOOKUP_FAILED ? { extra: { retryable: true } } : {}),
      };
    if (reservation.onVerify && settlement === undefined) {
      const held = await orWithoutJournal(log, undefined, () => hold(verdict));
      if (held !== undefined) return held;
    }
    return { isValid: true, payer: verdict.payer };
  };

  /** Holds the inputs for a seller who serves before settling; a refusal when somebody else has them. */
  async function hold({ terms, transaction, payer }: VerifiedPayment): Promise<VerifyResponse | undefined> {
    const outcome = await journal.reserve({
      network: terms.network,
      transaction: transaction.id,
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

async function orWithoutJournal<T>(log: Log, otherwise: T, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof JournalUnavailableError)) throw error;
    log.warn({ error }, 'verifying without the journal');
    return otherwise;
  }
}

/** What a settlement of the same transaction means for one who asks before the resource is served. */
function refusalBecauseOf(
  settlement: Settlement,
  binding: string,
  redemption: Config['settle']['redemption'],
): VerifyResponse | undefined {
  const known = { transaction: settlement.transaction, status: outcomeOf(settlement) };
  if (settlement.binding !== binding)
    return {
      ...refuse(
        'duplicate_settlement',
        `transaction ${settlement.transaction} pays for another request`,
        settlement.payer,
      ),
      extra: known,
    };
  if (redemption === 'once' && settlement.deliveredAtMs !== undefined)
    return {
      ...refuse(
        'duplicate_settlement',
        `the success of transaction ${settlement.transaction} was collected already`,
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
