const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;

/**
 * How long to wait before the next look at an ambiguous attempt: doubling from one second to half a minute, never less
 * than the provider asked for.
 *
 * @param attempts submissions so far, from 1.
 */
export function backoffMs(attempts: number, retryAfterMs = 0): number {
  return Math.max(Math.min(FIRST_MS * 2 ** (attempts - 1), LONGEST_MS), retryAfterMs);
}
