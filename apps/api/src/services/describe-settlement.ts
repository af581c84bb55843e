import type { Network, TxHash } from '@x402-facilitator/cardano';
import { PENDING_STATES, type Settlement } from '@x402-facilitator/journal';
import { isoTime, type SettleResponse, type StatusResponse } from '@x402-facilitator/shared/wire';

/** Code of a dead payment for which the record names no other. */
const SETTLEMENT_FAILED = 'exact_cardano_settlement_failed';

/** A settlement in the words of the x402 scheme. */
export type Outcome = NonNullable<SettleResponse['extra']>['status'] & string;

export function outcomeOf(settlement: Settlement): Outcome {
  switch (settlement.state) {
    case 'confirmed':
      return settlement.block === undefined ? 'mempool' : 'confirmed';
    case 'failed':
    case 'expired':
      return settlement.state;
    default:
      return 'pending';
  }
}

/** True once it has ended, well or badly: there is nothing left to wait for. */
export function isSettled({ state }: Pick<Settlement, 'state'>): boolean {
  return !PENDING_STATES.some((pending) => pending === state);
}

/** Why a dead payment is dead; undefined for any other. */
export function failureOf(settlement: Settlement): { code: string; message: string } | undefined {
  if (settlement.state !== 'failed' && settlement.state !== 'expired') return undefined;
  return {
    code: settlement.errorReason ?? SETTLEMENT_FAILED,
    message: settlement.errorMessage ?? `the settlement of ${settlement.transaction} is ${settlement.state}`,
  };
}

/** Path at which a settlement can be followed. */
export function statusUrl(transaction: TxHash): string {
  return `/status/${transaction}`;
}

/** Body of `GET /status/:transaction`. */
export function toStatusResponse(settlement: Settlement): StatusResponse {
  const outcome = outcomeOf(settlement);
  return {
    transaction: settlement.transaction,
    network: settlement.network,
    status: outcome === 'mempool' ? 'confirmed' : outcome === 'expired' ? 'failed' : outcome,
    state: settlement.state,
    confirmations: settlement.confirmations ?? null,
    required: settlement.requiredConfirmations,
    block: settlement.block ?? null,
    payer: settlement.payer,
    payTo: settlement.payTo,
    asset: settlement.asset,
    amount: settlement.amount.toString(),
    attempts: settlement.attempts,
    queuedAt: isoTime(settlement.queuedAtMs),
    submittedAt: isoTime(settlement.submittedAtMs),
    settledAt: isoTime(settlement.settledAtMs),
    expiresAt: isoTime(settlement.expiresAtMs),
    errorReason: failureOf(settlement)?.code ?? null,
    errorMessage: failureOf(settlement)?.message ?? null,
    providerMessage: settlement.lastProviderMessage ?? null,
    ...(settlement.proof === undefined ? {} : { proof: settlement.proof }),
  };
}

/** Body of the 404 for a transaction that has no settlement here. */
export function toNotFoundResponse(transaction: TxHash, networks: readonly Network[]): StatusResponse {
  return {
    transaction,
    network: networks.length === 1 ? (networks[0] ?? null) : null,
    status: 'not_found',
    state: null,
    confirmations: null,
    required: null,
    block: null,
    payer: null,
    payTo: null,
    asset: null,
    amount: null,
    attempts: 0,
    queuedAt: null,
    submittedAt: null,
    settledAt: null,
    expiresAt: null,
    errorReason: 'not_found',
    errorMessage: `no settlement of ${transaction} is known here on ${networks.join(', ')}`,
    providerMessage: null,
  };
}
