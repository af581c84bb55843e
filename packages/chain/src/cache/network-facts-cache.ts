import { type NetworkFacts, slotAt, type Timeline } from '@x402-facilitator/cardano';
import type { ChainProvider, Clock } from '../provider/index.js';

export type NetworkFactsCacheOptions = {
  readonly clock: Clock;
  /** Called once per `get`: a miss waits for the provider. */
  readonly onLookup?: ((result: 'hit' | 'miss') => void) | undefined;
  /** Called with the facts of each read that a provider answered. */
  readonly onRead?: ((facts: NetworkFacts) => void) | undefined;
};

export type NetworkFactsCache = {
  /**
   * Protocol parameters and timeline, usually without a call. It is the same object until they are read again.
   *
   * @throws ChainProviderError when there are no facts for the current epoch and the provider fails.
   */
  get(): Promise<NetworkFacts>;
};

/** Age from which the facts are read again in the background, even within an epoch. */
const REFRESH_AFTER_MS = 6 * 60 * 60 * 1000;
/** Pause between two attempts to get newer facts. */
const RETRY_AFTER_MS = 10_000;

/**
 * Keeps what changes at most once per epoch. It has no timer: an idle facilitator makes no calls, and the first request
 * of a new epoch waits for its parameters. A provider that still answers with the old epoch is believed, and asked again
 * after a pause. When a provider fails in a new epoch, the old parameters do not stand in.
 */
export function createNetworkFactsCache(
  provider: ChainProvider,
  options: NetworkFactsCacheOptions,
): NetworkFactsCache {
  const { clock, onLookup, onRead } = options;
  let held: { readonly facts: NetworkFacts; readonly readAtMs: number } | undefined;
  let loading: Promise<NetworkFacts> | undefined;
  let nextRefreshMs = 0;

  const load = async (): Promise<NetworkFacts> => {
    const [parameters, timeline] = await Promise.all([
      provider.getProtocolParameters(),
      provider.getTimeline(),
    ]);
    held = { facts: { parameters, timeline }, readAtMs: clock() };
    nextRefreshMs = held.readAtMs + REFRESH_AFTER_MS;
    onRead?.(held.facts);
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
      const mustWait = held === undefined || (isOfAnOldEpoch && nowMs - held.readAtMs >= RETRY_AFTER_MS);
      onLookup?.(mustWait ? 'miss' : 'hit');
      if (held === undefined || mustWait) return loadOnce();
      const { facts } = held;
      if (isOfAnOldEpoch) return facts;
      if (nowMs >= nextRefreshMs) {
        nextRefreshMs = nowMs + RETRY_AFTER_MS;
        loadOnce().catch(() => undefined);
      }
      return facts;
    },
  };
}

/**
 * The epoch that runs at `posixMs`.
 *
 * @throws RangeError when the timeline does not cover that time.
 */
function epochAt(timeline: Timeline, posixMs: number): number {
  const slot = slotAt(timeline, posixMs);
  const era = timeline.eras.findLast((candidate) => candidate.start.slot <= slot);
  if (era === undefined) throw new RangeError(`no era of this network covers slot ${slot}`);
  return era.start.epoch + Math.floor((slot - era.start.slot) / era.epochLengthSlots);
}
