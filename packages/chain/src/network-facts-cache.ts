import type { NetworkFacts } from '@x402-facilitator/cardano';
import type { Clock } from './clock.js';
import { epochAt } from './epoch.js';
import type { ChainProvider } from './provider.js';

export type NetworkFactsCacheOptions = {
  readonly clock: Clock;
  /** Age from which the facts are read again behind the caller's back; a new epoch is not waited for. */
  readonly refreshAfterMs?: number | undefined;
  /** Pause between two attempts to get newer facts. */
  readonly retryAfterMs?: number | undefined;
  /** Called once per `get`: a miss waits for the provider. */
  readonly onLookup?: ((result: 'hit' | 'miss') => void) | undefined;
};

export type NetworkFactsCache = {
  /**
   * Protocol parameters and timeline, usually without a call: one object until they are read again.
   *
   * @throws ChainProviderError when there are no facts for the running epoch and the provider does not give any.
   */
  get(): Promise<NetworkFacts>;
};

const DEFAULT_REFRESH_AFTER_MS = 6 * 60 * 60 * 1000;
const DEFAULT_RETRY_AFTER_MS = 10_000;

/**
 * Keeps what changes by epoch at most. It holds no timer: an idle facilitator calls nobody, and the first request
 * after a new epoch began waits for its parameters. A provider that still answers with the old epoch is asked again
 * after a pause and believed until then; a provider that fails is not covered for by old parameters.
 */
export function createNetworkFactsCache(
  provider: ChainProvider,
  options: NetworkFactsCacheOptions,
): NetworkFactsCache {
  const {
    clock,
    onLookup,
    refreshAfterMs = DEFAULT_REFRESH_AFTER_MS,
    retryAfterMs = DEFAULT_RETRY_AFTER_MS,
  } = options;
  let held: { readonly facts: NetworkFacts; readonly readAtMs: number } | undefined;
  let loading: Promise<NetworkFacts> | undefined;
  let nextRefreshMs = 0;

  const load = async (): Promise<NetworkFacts> => {
    const [parameters, timeline] = await Promise.all([
      provider.getProtocolParameters(),
      provider.getTimeline(),
    ]);
    held = { facts: { parameters, timeline }, readAtMs: clock() };
    nextRefreshMs = held.readAtMs + refreshAfterMs;
    return held.facts;
  };

  const loadOnce = (): Promise<NetworkFacts> => {
    loading ??= load().finally(() => {
      loading = undefined;
    });
    return loading;
  };

  return {
    async get() {
      const nowMs = clock();
      const isOfAnOldEpoch =
        held !== undefined && held.facts.parameters.epoch < epochAt(held.facts.timeline, nowMs);
      const mustWait = held === undefined || (isOfAnOldEpoch && nowMs - held.readAtMs >= retryAfterMs);
      onLookup?.(mustWait ? 'miss' : 'hit');
      if (held === undefined || mustWait) return loadOnce();
      const { facts } = held;
      if (isOfAnOldEpoch) return facts;
      if (nowMs >= nextRefreshMs) {
        nextRefreshMs = nowMs + retryAfterMs;
        loadOnce().catch(() => undefined);
      }
      return facts;
    },
  };
}
