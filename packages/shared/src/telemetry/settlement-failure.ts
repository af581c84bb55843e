import { SUPPORTED_SCHEMES } from '@x402-facilitator/cardano';
import type { Settlement } from '@x402-facilitator/journal';

const { codes } = SUPPORTED_SCHEMES.fallback;

/**
 * Failures after acceptance that a payer did not cause: the node refused what was verified, its scripts failed, or it
 * was not included in time.
 */
const NOT_THE_PAYERS: Readonly<Record<string, string>> = {
  [codes.settlementFailed]: 'refused',
  [codes.scriptFailed]: 'script_failure',
  [codes.expired]: 'expired',
};

/** Every reason that `settlementFailure` knows by name. */
export const FAILURE_REASONS: readonly string[] = Object.values(NOT_THE_PAYERS);

/**
 * Why an accepted settlement came to nothing, where that was the facilitator's or the chain's doing; of a bounded set.
 *
 * @returns undefined while it may still succeed, and for a payer who spent the money elsewhere: no failure of ours.
 */
export function settlementFailure({
  state,
  errorReason = '',
}: Pick<Settlement, 'state' | 'errorReason'>): string | undefined {
  if ((state !== 'failed' && state !== 'expired') || errorReason === codes.superseded) return undefined;
  return NOT_THE_PAYERS[errorReason] ?? 'other';
}
