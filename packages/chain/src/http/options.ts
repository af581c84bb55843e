import type { Network } from '@x402-facilitator/cardano';
import type { Dispatcher } from 'undici';
import type { Clock } from '../clock.js';
import type { Admission, ProviderCall } from './http-client.js';

/** What every provider behind HTTP can be told, beside its own credential. */
export type HttpProviderOptions = {
  readonly network: Network;
  /** Base URL; the service's own instance of the network when unset. */
  readonly url?: string | undefined;
  /** Names the provider in errors, logs and metrics. */
  readonly name?: string | undefined;
  /** Bound on each HTTP call of a read, everything included. */
  readonly timeoutMs?: number | undefined;
  /** Bound on a submission; longer, because giving up on one leaves a doubt behind. */
  readonly submitTimeoutMs?: number | undefined;
  /** Replaces the provider's own connection pool. */
  readonly dispatcher?: Dispatcher | undefined;
  readonly clock?: Clock | undefined;
  /** Called once per HTTP call, after it ended. */
  readonly onCall?: ((call: ProviderCall) => void) | undefined;
  /** Asked before each HTTP call, whether the budget has room for it. */
  readonly admit?: Admission | undefined;
};

export const DEFAULT_TIMEOUT_MS = 10_000;
export const DEFAULT_SUBMIT_TIMEOUT_MS = 20_000;
