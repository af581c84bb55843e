import type { ProviderCallOutcome } from '../provider/index.js';

/** What an HTTP status means at Blockfrost and Koios. */
export function outcomeOfStatus(status: number): ProviderCallOutcome {
  if (status >= 200 && status < 300) return 'ok';
  if (status === 402) return 'quota_exhausted';
  if (status === 401 || status === 403) return 'forbidden';
  if (status === 404) return 'not_found';
  if (status === 418) return 'banned';
  if (status === 425) return 'mempool_full';
  if (status === 429) return 'rate_limited';
  return status >= 500 ? 'server_error' : 'refused';
}

/** How an answered call ended. `isExpected` says whether the body of a 2xx is what was asked for. */
export function outcomeOf(
  { status, body }: { readonly status: number; readonly body: unknown },
  isExpected: ((body: unknown) => boolean) | undefined,
): ProviderCallOutcome {
  const outcome = outcomeOfStatus(status);
  if (outcome !== 'ok') return outcome;
  return body !== undefined && (isExpected?.(body) ?? true) ? 'ok' : 'malformed';
}
