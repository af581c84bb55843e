import type { SchemeRegistry } from '@x402-facilitator/cardano';
import type { Settlement } from '@x402-facilitator/journal';

/**
 * Failures after acceptance that the payer did not cause: the node refused what was verified, its scripts failed, or no
 * block included it in time.
 */
const REASONS = { settlementFailed: 'refused', scriptFailed: 'script_failure', expired: 'expired' } as const;
const NAMES = ['settlementFailed', 'scriptFailed', 'expired'] as const satisfies (keyof typeof REASONS)[];

/** Every reason that `settlementFailure` knows by name. */
export const FAILURE_REASONS: readonly string[] = Object.values(REASONS);

/**
 * Why an accepted settlement failed because of the facilitator or the chain; one of a fixed set.
 *
 * @returns `undefined` while it may still succeed, and when the payer spent the money elsewhere.
 */
export function settlementFailure(
  { state, scheme, errorReason }: Pick<Settlement, 'state' | 'scheme' | 'errorReason'>,
  schemes: SchemeRegistry,
): string | undefined {
  const { codes } = schemes.of(scheme);
  if ((state !== 'failed' && state !== 'expired') || errorReason === codes.superseded) return undefined;
  const known = NAMES.find((name) => codes[name] === errorReason);
  return known === undefined ? 'other' : REASONS[known];
}
