import type { Settlement } from '@x402-facilitator/journal';

/**
 * Failures after acceptance that a payer did not cause: the node refused what was verified, its scripts failed, or it
 * did not land in time.
 */
const NOT_THE_PAYERS: Readonly<Record<string, string>> = {
  exact_cardano_settlement_failed: 'refused',
  invalid_exact_cardano_payload_phase2_invalid: 'script_failure',
  invalid_exact_cardano_payload_ttl_expired: 'expired',
};
const SUPERSEDED = 'invalid_exact_cardano_payload_input_not_available';

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
  if ((state !== 'failed' && state !== 'expired') || errorReason === SUPERSEDED) return undefined;
  return NOT_THE_PAYERS[errorReason] ?? 'other';
}
