import type { Settlement } from '@x402-facilitator/journal';

/**
 * Failures after acceptance that the payer did not cause: the node refused what was verified, its scripts failed, or no
 * block included it in time.
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
 * Why an accepted settlement failed through the facilitator or the chain, out of a bounded set.
 *
 * @returns undefined while it may still succeed, and where the payer spent the money elsewhere.
 */
export function settlementFailure({
  state,
  errorReason = '',
}: Pick<Settlement, 'state' | 'errorReason'>): string | undefined {
  if ((state !== 'failed' && state !== 'expired') || errorReason === SUPERSEDED) return undefined;
  return NOT_THE_PAYERS[errorReason] ?? 'other';
}
