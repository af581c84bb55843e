import type { Settlement } from '@x402-facilitator/journal';
import { isoTime } from '@x402-facilitator/shared/wire';

/** "3 d 4 h", "12 min", "8 s". */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** A settlement as people and accounts read it: times in ISO 8601, amounts in atomic units as text. */
export function toReport(settlement: Settlement): Readonly<Record<string, unknown>> {
  return {
    transaction: settlement.transaction,
    network: settlement.network,
    state: settlement.state,
    payer: settlement.payer,
    payTo: settlement.payTo,
    asset: settlement.asset,
    amount: settlement.amount.toString(),
    required: settlement.requiredConfirmations,
    confirmations: settlement.confirmations ?? null,
    block: settlement.block ?? null,
    attempts: settlement.attempts,
    queuedAt: isoTime(settlement.queuedAtMs),
    submittedAt: isoTime(settlement.submittedAtMs),
    includedAt: isoTime(settlement.includedAtMs),
    settledAt: isoTime(settlement.settledAtMs),
    finalAt: isoTime(settlement.finalAtMs),
    deliveredAt: isoTime(settlement.deliveredAtMs),
    expiresAt: isoTime(settlement.expiresAtMs),
    errorReason: settlement.errorReason ?? null,
    errorMessage: settlement.errorMessage ?? null,
    proof: settlement.proof ?? null,
  };
}
