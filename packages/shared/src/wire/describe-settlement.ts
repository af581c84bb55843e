import { type Settlement, ttlEndsAtMs } from '@x402-facilitator/journal';
import { isoTime } from './iso-time.js';
import type { SettleResponse } from './settle.js';
import type { StatusResponse } from './status.js';

/** A settlement in the words of the x402 scheme. */
type Outcome = NonNullable<SettleResponse['extra']>['status'] & string;

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
