/** How one call to a provider ended. A bounded set: it labels metrics. */
export type ProviderCallOutcome =
  | 'ok'
  | 'not_found'
  | 'refused'
  | 'quota_exhausted'
  | 'forbidden'
  | 'banned'
  | 'mempool_full'
  | 'rate_limited'
  | 'server_error'
  | 'timeout'
  | 'connection_failed'
  | 'malformed'
  /** It serves another network than it is configured for. */
  | 'wrong_network'
  /** It does not have this operation. */
  | 'unsupported'
  /** Our own budget for it is used up; nothing was sent. */
  | 'budget_exhausted'
  /** What is left of our budget is kept for others than this caller; nothing was sent. */
  | 'reserved'
  /** Its circuit is open; nothing was sent. */
  | 'circuit_open';

/** Nothing was sent: our own budget or circuit breaker held the call back. It proves nothing about the provider. */
export const wasNotSent = (outcome: ProviderCallOutcome | undefined): boolean =>
  outcome === 'budget_exhausted' || outcome === 'reserved' || outcome === 'circuit_open';

/**
 * The provider seems to be out of order. A body of another shape does not count: the payer chooses which transaction is
 * asked for, and must not be able to choose one that takes the provider away from everyone. The probe notices a provider
 * whose answers make no sense.
 */
export const isOutage = (outcome: ProviderCallOutcome | undefined): boolean =>
  outcome === 'timeout' || outcome === 'connection_failed' || outcome === 'server_error';

/** A provider did not answer a read: a time-out, a lost connection, an HTTP error, or a body of another shape. */
export class ChainProviderError extends Error {
  override readonly name = 'ChainProviderError';
  readonly provider: string;
  readonly operation: string;
  /** HTTP status, where there was one. */
  readonly status: number | undefined;
  /** How the call ended. Unset when the failure is not that of a single call. */
  readonly outcome: ProviderCallOutcome | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    details: {
      readonly provider: string;
      readonly operation: string;
      readonly status?: number | undefined;
      readonly outcome?: ProviderCallOutcome | undefined;
      readonly retryAfterMs?: number | undefined;
      readonly cause?: unknown;
    },
  ) {
    super(message, { cause: details.cause });
    this.provider = details.provider;
    this.operation = details.operation;
    this.status = details.status;
    this.outcome = details.outcome;
    this.retryAfterMs = details.retryAfterMs;
  }
}
