import {
  type Accepted,
  type AcceptedPayment,
  parseNetwork,
  type Refusal,
  type Result,
  type SchemeRegistry,
} from '@x402-facilitator/cardano';
import type { LookupCaller } from '@x402-facilitator/chain';
import { type Call, type CallName, isResumable, type Settlement } from '@x402-facilitator/journal';
import type { Config } from '@x402-facilitator/shared/config';
import {
  bindingOf,
  failureOf,
  outcomeOf,
  type PaymentRequestBody,
  type VerifyResponse,
} from '@x402-facilitator/shared/wire';
import type { CallerKey } from '../keys/index.js';
import { unlessSilent } from '../unless-silent.js';
import type { KeyRules } from './key-rules.js';
import { NAME_TAKEN } from './name-taken.js';
import type { PaymentObserver } from './payment-observer.js';
import type { Recall } from './recall.js';
import type { ServedNetworks } from './served-networks.js';
import { heldInput } from './settleable.js';
import { SETTLEMENT_UNREADABLE, SettlementUnreadableError } from './settlement-unreadable.js';
import type { Sponsoring } from './sponsoring.js';
import { type Named, namedIn, type Visibility, type WithoutOthers } from './visibility.js';

/**
 * A valid verdict makes the seller do its work. The journal usually answers within milliseconds; one that is silent for
 * so long could not accept the settlement either.
 */
const SILENT_JOURNAL_MS = 500;

const heard = <T>(answer: Promise<T>) => unlessSilent(answer, SILENT_JOURNAL_MS);

/**
 * @throws LookupLimitError when the caller's allowance has no room for what has to be looked up, QuotaReachedError and
 * KeyRevokedError.
 */
export type VerifyPayment = (
  request: PaymentRequestBody,
  asker: {
    readonly call: Call;
    /** Pays for the look-ups. */
    readonly caller: LookupCaller;
    /** Unset: a stranger's call. */
    readonly key?: CallerKey | undefined;
  },
) => Promise<VerifyAnswer>;

type Asker = Parameters<VerifyPayment>[1];

export type VerifyAnswer = { readonly status: 200 | 409; readonly body: VerifyResponse };

/**
 * `POST /verify`: is this signed payment good for these requirements, and can it be settled here and now? While Redis is
 * away payments are still refused by the rules that need nothing of it; no other gets a verdict.
 *
 * @throws JournalUnavailableError when Redis does not answer in time.
 */
export function createVerifyPayment(dependencies: {
  readonly schemes: SchemeRegistry;
  readonly networks: Pick<ServedNetworks, 'names' | 'of' | 'verify'>;
  /** Unset: no fees are sponsored. */
  readonly sponsoring: Pick<Sponsoring, 'lookUp'> | undefined;
  /** Counts the answers: the verdict, and the journal's objections to the payment. */
  readonly observer: Pick<PaymentObserver, 'judged'>;
  readonly reservation: Config['chain']['reservation'];
  readonly recall: Recall;
  readonly keyRules: Pick<KeyRules, 'countVerification' | 'refusalOf'>;
  readonly visibility: Visibility;
  readonly withoutOthers: WithoutOthers;
}): VerifyPayment {
  const { schemes, networks, sponsoring, observer, reservation } = dependencies;
  const { keyRules, visibility, withoutOthers, recall } = dependencies;

  return async (request, asker) => {
    const answer = await answerTo(request, asker).catch((error: unknown): VerifyAnswer => {
      if (!(error instanceof SettlementUnreadableError)) throw error;
      const refusal = refuse(SETTLEMENT_UNREADABLE, error.message, undefined);
      return { status: 200, body: { ...refusal, extra: { retryable: true } } };
    });
    observer.judged(request, answer.body.invalidReason);
    return answer;
  };

  async function answerTo(request: PaymentRequestBody, asker: Asker): Promise<VerifyAnswer> {
    const { call, caller } = asker;
    const binding = bindingOf(request);
    let taken: CallName | undefined;
    let unclaimed: Parameters<Recall> | undefined;
    let named: Named | undefined;
    await countFor(request, asker);
    const { verdict, settlement } = await networks.verify(request, {
      fresh: false,
      caller,
      async lookUpInFlight(network, ...asked) {
        const { journal } = networks.of(network);
        const [txHash] = asked;
        const [found, name] = await heard(
          Promise.all([
            journal.inFlight(network, ...asked),
            journal.readTakenName(call, { network, txHash, binding }),
          ]),
        );
        taken = name;
        named = namedIn(found.ok ? found.value : {}, { network, own: txHash, viewer: call.keyName });
        if (!found.ok) throw new SettlementUnreadableError(found.error);
        unclaimed = found.value.settlement === undefined ? [network, txHash] : undefined;
        return found.value;
      },
      lookUpSponsorship: sponsoring && ((...asked) => heard(sponsoring.lookUp(...asked))),
    });
    if (
      settlement !== undefined &&
      (settlement.binding !== binding || !(await visibility.isSeen(settlement, call.keyName)))
    )
      return { status: 200, body: refusalOfTaken(settlement) };
    if (taken !== undefined) {
      const { code, message } = NAME_TAKEN[taken];
      const { payer } = verdict.ok ? verdict.value : verdict.error;
      return { status: 409, body: refuse(code, message, payer) };
    }
    const late = verdict.ok || unclaimed === undefined ? undefined : await recall(...unclaimed);
    if (late !== undefined) {
      const { settlement: archived } = late;
      const isOwn = archived.binding === binding && (await visibility.isSeen(archived, call.keyName));
      return { status: 200, body: isOwn ? refusalOfArchived(archived) : refusalOfTaken(archived) };
    }
    const allowed = verdict.ok && (await refusalByKey(verdict.value, request, asker, settlement));
    const body = allowed || (await toResponse(verdict, settlement, call));
    if (body.invalidMessage === undefined || named === undefined) return { status: 200, body };
    return {
      status: 200,
      body: { ...body, invalidMessage: await withoutOthers(body.invalidMessage, named) },
    };
  }

  /** What is asked about a network that is not served costs nothing: it is refused at once. */
  async function countFor({ paymentRequirements }: PaymentRequestBody, { key }: Asker): Promise<void> {
    const network = parseNetwork(paymentRequirements.network);
    if (network === undefined || !networks.names.includes(network)) return;
    await heard(keyRules.countVerification(network, key));
  }

  /** A settlement that was claimed stays its key's, whatever its key may settle now. */
  function refusalByKey(
    accepted: Accepted,
    request: PaymentRequestBody,
    { key }: Asker,
    settlement: Settlement | undefined,
  ): VerifyResponse | undefined {
    const refusal = settlement === undefined ? keyRules.refusalOf(accepted, request, key) : undefined;
    return refusal && refusalOf(refusal);
  }

  async function toResponse(
    verdict: Result<Accepted, Refusal>,
    settlement: Settlement | undefined,
    call: Call,
  ): Promise<VerifyResponse> {
    if (!verdict.ok) return refusalOf(verdict.error);
    const accepted = verdict.value;
    const objection =
      settlement !== undefined
        ? refusalIfOver(settlement, call)
        : reservation.onVerify && accepted.kind !== 'commitment'
          ? await heard(hold(accepted, call))
          : undefined;
    const { payer, extra } = accepted;
    return objection ?? { isValid: true, payer, ...(extra === undefined ? {} : { extra }) };
  }

  /** Holds the inputs for a seller who serves before settling. Refuses when another transaction holds them. */
  async function hold(payment: AcceptedPayment, call: Call): Promise<VerifyResponse | undefined> {
    const { scheme, network, txHash, payer, inputs } = payment;
    const outcome = await networks.of(network).journal.reserve({
      network,
      txHash,
      payer,
      inputs,
      ttlMs: reservation.ttlSeconds * 1000,
      maxConcurrent: reservation.maxConcurrent,
    });
    switch (outcome.kind) {
      case 'reserved':
        return undefined;
      case 'input-reserved': {
        const refusal = heldInput(payment, outcome, schemes);
        const named = namedIn({ reserved: outcome }, { network, own: txHash, viewer: call.keyName });
        return refusalOf({ ...refusal, message: await withoutOthers(refusal.message, named) });
      }
      case 'too-many':
        return refuse(
          schemes.of(scheme).codes.inputReserved,
          `expected at most ${outcome.limit} verified payments at a time, found more`,
          payer,
        );
    }
  }

  function refusalOf({ code, message, payer, retryable }: Refusal): VerifyResponse {
    return {
      ...refuse(code, message, payer),
      ...(schemes.isRetryable(code) || retryable ? { extra: { retryable: true } } : {}),
    };
  }
}

/**
 * The transaction pays for another request, or for one of a caller whose settlements this one may not see. So the answer
 * says nothing about that settlement.
 */
function refusalOfTaken({ txHash, payer }: Settlement): VerifyResponse {
  return refuse('duplicate_settlement', `transaction ${txHash} pays for another request`, payer);
}

/** This call cannot have the success any more, or the payment can no longer be included: there is nothing to serve for. */
function refusalIfOver(settlement: Settlement, call: Call): VerifyResponse | undefined {
  const known = { transaction: settlement.txHash, status: outcomeOf(settlement) };
  if (settlement.deliveredAtMs !== undefined && !isResumable(settlement, call))
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

/** It was settled so long ago that only the archive has it: there is nothing to serve for any more. */
function refusalOfArchived(settlement: Settlement): VerifyResponse {
  const failure = failureOf(settlement) ?? {
    code: 'duplicate_settlement',
    message: `transaction ${settlement.txHash} was settled long ago`,
  };
  return {
    ...refuse(failure.code, failure.message, settlement.payer),
    extra: { transaction: settlement.txHash, status: outcomeOf(settlement) },
  };
}

function refuse(code: string, message: string, payer: string | undefined): VerifyResponse {
  return { isValid: false, invalidReason: code, invalidMessage: message, payer: payer ?? '' };
}
