import type { SchemeRegistry } from '@x402-facilitator/cardano';
import type { Settlement } from '@x402-facilitator/journal';

/**
 * Failures after acceptance that the payer did not cause: the node refused what was verified, its scripts failed, or no
 * block included it in time.
 */
export const FAILURE_REASONS = ['refused', 'script_failure', 'expired'] as const;

/**
 * Why an accepted settlement failed because of the facilitator or the chain; one of a fixed set. A scheme may have one code
 * for all of them, so the proof says it.
 *
 * @returns `undefined` while it may still succeed, and when the payer spent the money elsewhere.
 */
export function settlementFailure(
  { state, scheme, errorReason, proof }: Pick<Settlement, 'state' | 'scheme' | 'errorReason' | 'proof'>,
  schemes: SchemeRegistry,
): (typeof FAILURE_REASONS)[number] | 'other' | undefined {
  if (state === 'expired') return 'expired';
  if (state !== 'failed' || proof?.kind === 'superseded') return undefined;
  if (proof?.kind === 'script-failure') return 'script_failure';
  return errorReason === schemes.of(scheme).codes.settlementFailed ? 'refused' : 'other';
}
