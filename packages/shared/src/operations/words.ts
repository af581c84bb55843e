import { type Settlement, ttlEndsAtMs, type UnreadableSettlement } from '@x402-facilitator/journal';
import { isoTime } from '../wire/index.js';
import type { NetworkReport } from './describe-network.js';

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

/** "12 to be archived, the oldest for 3 min; 40 may still change". */
export function wordsOfBacklog(
  { due, waiting, oldestDueAt }: NonNullable<NetworkReport['archive']>,
  nowMs: number,
): string {
  const oldest = oldestDueAt === null ? '' : `, the oldest for ${age(nowMs - Date.parse(oldestDueAt))}`;
  return `${due} to be archived${oldest}; ${waiting} may still change`;
}

/** A settlement for people and accounting: times in ISO 8601, amounts in atomic units as text. */
export function toReport(settlement: Settlement): Readonly<Record<string, unknown>> {
  return {
    transaction: settlement.txHash,
    network: settlement.network,
    state: settlement.state,
    keyName: settlement.keyName ?? null,
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
    settledAt: isoTime(settlement.endedAtMs),
    finalAt: isoTime(settlement.finalAtMs),
    deliveredAt: isoTime(settlement.deliveredAtMs),
    redeemedAt: isoTime(settlement.redeemedAtMs),
    redeemedBecause: settlement.redeemedBecause ?? null,
    expiresAt: isoTime(ttlEndsAtMs(settlement)),
    errorReason: settlement.errorReason ?? null,
    errorMessage: settlement.errorMessage ?? null,
    proof: settlement.proof ?? null,
  };
}

/** What happens to a settlement next, and when. */
export function nextOf(settlement: Settlement, nowMs: number): string {
  const { state, finalAtMs, confirmations, requiredConfirmations } = settlement;
  const left = leftOf(ttlEndsAtMs(settlement), nowMs);
  switch (state) {
    case 'queued':
      return `a worker sends it; ${left}`;
    case 'submitting':
      return `its sender records the answer, or another worker looks for it; ${left}`;
    case 'ambiguous':
      return `a worker looks for it, and sends the same bytes again if it is not found; ${left}`;
    case 'submitted':
      return `a block holds it; ${left}`;
    case 'included':
      return `${requiredConfirmations - (confirmations ?? 0)} more blocks confirm it`;
    case 'confirmed':
      return finalAtMs === undefined
        ? 'watched for a rollback until the stability window ends'
        : 'nothing: final';
    case 'failed':
    case 'expired':
      return 'nothing: final';
  }
}

/** Records that a sentence names. The rest are only counted. */
const MOST_NAMED = 5;

/** One sentence about the records that this version cannot read. */
export function wordsOfUnreadable(records: readonly UnreadableSettlement[]): string {
  const what =
    records.length === 1
      ? '1 settlement record cannot be read and is left as it is'
      : `${records.length} settlement records cannot be read and are left as they are`;
  const named = records.slice(0, MOST_NAMED).map(({ txHash, reason }) => `${txHash} (${reason})`);
  const more = records.length - named.length;
  return `${what}: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function leftOf(endsAtMs: number | undefined, nowMs: number): string {
  if (endsAtMs === undefined) return 'it has no TTL';
  return nowMs < endsAtMs ? `its TTL ends in ${age(endsAtMs - nowMs)}` : 'its TTL has passed';
}
