import { parseNetwork, type Refusal } from '@x402-facilitator/cardano';
import type { CallName, Pause, Settlement, SettlementNotReplicatedError } from '@x402-facilitator/journal';
import {
  failureOf,
  isoTime,
  outcomeOf,
  type PaymentRequestBody,
  type SettleResponse,
} from '@x402-facilitator/shared/wire';
import { statusLink, statusPath } from './describe-settlement.js';
import { NAME_TAKEN } from './name-taken.js';
import {
  SETTLEMENT_UNREADABLE,
  type SettlementUnreadableError,
  UNREADABLE_RETRY_SECONDS,
} from './settlement-unreadable.js';

/** What `/settle` answers: the body and what HTTP adds to it. */
export type SettleAnswer = {
  readonly status: 200 | 202 | 409 | 503;
  readonly body: SettleResponse;
  /** Path of the settlement, for `Location`. */
  readonly location?: string;
  readonly retryAfterSeconds?: number;
};

/** A block comes about every 20 seconds, so asking more often is useless. */
const PENDING_RETRY_SECONDS = 5;
const UNAVAILABLE_RETRY_SECONDS = 5;
/** An operator must end a pause, which takes longer. */
const PAUSED_RETRY_SECONDS = 30;

/** The payment is on the chain, as deep as was asked. */
export function answerSettled(settlement: Settlement): SettleAnswer {
  const { txHash: transaction, network, payer, success } = settlement;
  const { amount, extra } = success ?? { amount: settlement.amount.toString(), extra: {} };
  return {
    status: 200,
    body: {
      success: true,
      transaction,
      network,
      payer,
      ...(amount === undefined ? {} : { amount }),
      extra: { ...extra, ...evidenceOf(settlement) },
    },
  };
}

/** Accepted and in flight: ask again, here or at its status. */
export function answerPending(settlement: Settlement, publicUrl: string | undefined): SettleAnswer {
  const { state, confirmations, requiredConfirmations } = settlement;
  return recorded(settlement, publicUrl, {
    status: 202,
    retryAfterSeconds: PENDING_RETRY_SECONDS,
    errorReason: 'settlement_pending',
    errorMessage: `the settlement is ${state}: ${confirmations ?? 'no'} of ${requiredConfirmations} confirmations so far`,
    extra: confirmations === undefined ? {} : { confirmations },
  });
}

/** The payment can no longer be included. */
export function answerDead(settlement: Settlement, publicUrl: string | undefined): SettleAnswer {
  const failure = failureOf(settlement);
  return ended(settlement, failure?.code, failure?.message, {
    status: outcomeOf(settlement),
    transactionId: settlement.txHash,
    ...statusLink(settlement.txHash, publicUrl),
  });
}

/** A block held it before it was claimed here: its success may have been handed out before the journal was lost. */
export function answerSettledBeforeClaim(
  settlement: Settlement,
  code: string,
  publicUrl: string | undefined,
): SettleAnswer {
  const { txHash } = settlement;
  return ended(
    settlement,
    code,
    `transaction ${txHash} was in a block before it was claimed here, so its success may have been handed out already; an operator who knows that it was not can redeem it`,
    { ...evidenceOf(settlement), transactionId: txHash, ...statusLink(txHash, publicUrl) },
  );
}

/** The success was delivered before; `extra.outcome` repeats it. */
export function answerDuplicate(settlement: Settlement, publicUrl: string | undefined): SettleAnswer {
  const deliveredAt = isoTime(settlement.deliveredAtMs);
  return ended(
    settlement,
    'duplicate_settlement',
    `the success of transaction ${settlement.txHash} was collected already`,
    {
      ...evidenceOf(settlement),
      transactionId: settlement.txHash,
      ...statusLink(settlement.txHash, publicUrl),
      outcome: { success: true, ...evidenceOf(settlement), ...(deliveredAt === null ? {} : { deliveredAt }) },
    },
  );
}

/**
 * The transaction is bound to another request, or to a caller whose settlements this one may not see. So the answer says
 * nothing about that settlement.
 */
export function answerTaken({ txHash: transaction, network }: Settlement): SettleAnswer {
  return {
    status: 200,
    body: {
      success: false,
      errorReason: 'duplicate_settlement',
      errorMessage: `transaction ${transaction} pays for another request`,
      transaction,
      network,
    },
  };
}

/** The payment was refused, or could not be judged now; nothing was claimed. */
export function answerRefused(
  request: PaymentRequestBody,
  refusal: Refusal,
  isRetryable: boolean,
): SettleAnswer {
  const { code, message, payer, retryable } = refusal;
  if (isRetryable) return answerCannotAccept(request, code, message, payer);
  const body = refusalBody(request, code, message, payer);
  return { status: 200, body: retryable ? { ...body, extra: { retryable } } : body };
}

/** No settlement can be accepted now, even of a valid payment; nothing was claimed. */
export function answerCannotAccept(
  request: PaymentRequestBody,
  code: string,
  message: string,
  payer?: string,
): SettleAnswer {
  return {
    status: 503,
    retryAfterSeconds: UNAVAILABLE_RETRY_SECONDS,
    body: { ...refusalBody(request, code, message, payer), extra: { retryable: true } },
  };
}

/**
 * A settlement of this transaction exists and cannot be read, so the answer is neither a success nor a second claim.
 */
export function answerUnreadable(
  request: PaymentRequestBody,
  { message }: SettlementUnreadableError,
): SettleAnswer {
  const answer = answerCannotAccept(request, SETTLEMENT_UNREADABLE, message);
  return { ...answer, retryAfterSeconds: UNREADABLE_RETRY_SECONDS };
}

/** It is recorded, and a fail-over could still lose that. The same call joins it, and waits for the replicas again. */
export function answerNotReplicated(
  { message, settlement }: SettlementNotReplicatedError,
  publicUrl: string | undefined,
): SettleAnswer {
  return recorded(settlement, publicUrl, {
    status: 503,
    retryAfterSeconds: UNAVAILABLE_RETRY_SECONDS,
    errorReason: 'settlement_not_replicated',
    errorMessage: `the settlement is recorded, but ${message}, and a fail-over could lose it: make the same call again, never a new payment`,
    extra: { retryable: true },
  });
}

/** A name that the caller gave stands for another payment. Nothing was claimed for this one. */
export function answerNameTaken(
  request: PaymentRequestBody,
  name: CallName,
  payer: string | undefined,
): SettleAnswer {
  const { code, message } = NAME_TAKEN[name];
  return { status: 409, body: refusalBody(request, code, message, payer) };
}

/** An operator has paused new settlements. */
export function answerPaused(request: PaymentRequestBody, { reason }: Pause): SettleAnswer {
  const because = reason === undefined ? '' : `: ${reason}`;
  const answer = answerCannotAccept(
    request,
    'paused',
    `new settlements are paused by the operator${because}`,
  );
  return { ...answer, retryAfterSeconds: PAUSED_RETRY_SECONDS };
}

/** What has ended waits for the archive, and more must not be added to it. Nothing was claimed. */
export function answerArchiveBehind(request: PaymentRequestBody): SettleAnswer {
  const answer = answerCannotAccept(
    request,
    'archive_behind',
    'nothing new is settled until the archive of ended settlements has caught up',
  );
  return { ...answer, retryAfterSeconds: PAUSED_RETRY_SECONDS };
}

/**
 * It was settled so long ago that its success is not handed out any more. The answer repeats the recorded outcome, so that
 * the seller can tell a late buyer what became of its payment.
 */
export function answerTooLate(settlement: Settlement, publicUrl: string | undefined): SettleAnswer {
  const answer = answerDuplicate(settlement, publicUrl);
  const errorMessage =
    settlement.deliveredAtMs === undefined
      ? `transaction ${settlement.txHash} was settled, and its success could be collected for a time that has passed`
      : answer.body.errorMessage;
  return { ...answer, body: { ...answer.body, errorMessage } };
}

/** It is recorded and has not ended: the same call joins it. */
function recorded(
  { txHash: transaction, network, payer }: Settlement,
  publicUrl: string | undefined,
  {
    status,
    retryAfterSeconds,
    extra,
    ...why
  }: Required<Pick<SettleAnswer, 'status' | 'retryAfterSeconds'>> & {
    readonly errorReason: string;
    readonly errorMessage: string;
    readonly extra: NonNullable<SettleResponse['extra']>;
  },
): SettleAnswer {
  return {
    status,
    location: statusPath(transaction),
    retryAfterSeconds,
    body: {
      success: false,
      ...why,
      transaction,
      network,
      payer,
      extra: {
        status: 'pending',
        transactionId: transaction,
        ...statusLink(transaction, publicUrl),
        ...extra,
      },
    },
  };
}

function refusalBody(
  request: PaymentRequestBody,
  errorReason: string,
  errorMessage: string,
  payer: string | undefined,
): SettleResponse {
  const { network } = request.paymentRequirements;
  return {
    success: false,
    errorReason,
    errorMessage,
    transaction: '',
    network: parseNetwork(network) ?? network,
    payer: payer ?? '',
  };
}

function ended(
  { txHash: transaction, network, payer }: Settlement,
  errorReason: string | undefined,
  errorMessage: string | undefined,
  extra: NonNullable<SettleResponse['extra']>,
): SettleAnswer {
  return {
    status: 200,
    body: { success: false, errorReason, errorMessage, transaction, network, payer, extra },
  };
}

function evidenceOf(settlement: Settlement) {
  const status = outcomeOf(settlement);
  const { confirmations } = settlement;
  return { status, ...(confirmations === undefined ? {} : { confirmations }) };
}
