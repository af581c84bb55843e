import type { Network, TxHash } from '@x402-facilitator/cardano';
import { type Settlement, ttlEndsAtMs } from '@x402-facilitator/journal';
import { isoTime, type SettleResponse, type StatusResponse } from '@x402-facilitator/shared/wire';

/** A settlement in the words of the x402 scheme. */
export type Outcome = NonNullable<SettleResponse['extra']>['status'] & string;

export function outcomeOf(settlement: Settlement): Outcome {
  switch (settlement.state) {
    case 'confirmed':
      return settlement.finality === 'mempool' ? 'mempool' : 'confirmed';
    case 'failed':
    case 'expired':
      return settlement.state;
    default:
      return 'pending';
  }
}

/** Why a payment failed or expired; undefined for any other. */
export function failureOf(settlement: Settlement): { code: string; message: string } | undefined {
  if (settlement.state !== 'failed' && settlement.state !== 'expired') return undefined;
  return {
    code: settlement.errorReason,
    message: settlement.errorMessage,
  };
}

/** Path at which a settlement can be followed. */
export function statusPath(txHash: TxHash): string {
  return `/status/${txHash}`;
}

/**
 * `extra.statusUrl` of an answer. Sellers pass answers on to buyers, where a path would be one of the seller's: so it is
 * absolute, or absent where `server.publicUrl` is not set.
 */
export function statusLink(txHash: TxHash, publicUrl: string | undefined): { readonly statusUrl?: string } {
  return publicUrl === undefined ? {} : { statusUrl: publicUrl.replace(/\/+$/, '') + statusPath(txHash) };
}

/** Body of `GET /status/:transaction`. */
export function toStatusResponse(settlement: Settlement): StatusResponse {
  const outcome = outcomeOf(settlement);
  return {
    transaction: settlement.txHash,
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
    settledAt: isoTime(settlement.endedAtMs),
    expiresAt: isoTime(ttlEndsAtMs(settlement)),
    errorReason: failureOf(settlement)?.code ?? null,
    errorMessage: failureOf(settlement)?.message ?? null,
    providerMessage: settlement.lastProviderMessage ?? null,
    ...(settlement.proof === undefined ? {} : { proof: settlement.proof }),
  };
}

/** Body of the 404 for a transaction that has no settlement here. */
export function toNotFoundResponse(txHash: TxHash, networks: readonly Network[]): StatusResponse {
  return {
    transaction: txHash,
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
    errorMessage: `no settlement of ${txHash} is known here on ${networks.join(', ')}`,
    providerMessage: null,
  };
}
