import { slotStartMs, type Timeline } from '@x402-facilitator/cardano';
import type { Clock } from './clock.js';
import type { ChainProvider } from './provider.js';

/** Whether a provider's view reaches up to now. */
export type TipFreshness =
  | { readonly current: true }
  /** Completes a sentence: "its tip is 400 s old". */
  | { readonly current: false; readonly reason: string };

export type TipFreshnessOptions = {
  readonly clock: Clock;
  readonly timeline: () => Promise<Timeline>;
  /** The age, by slot time, from which a tip is no longer believed to be the chain's. */
  readonly maxTipAgeMs?: number | undefined;
  /** How long one look is good for. */
  readonly ttlMs?: number | undefined;
};

/** Blocks come every 20 s on average; a gap of 5 minutes happens about once in three million blocks. */
const DEFAULT_MAX_TIP_AGE_MS = 300_000;
const DEFAULT_TTL_MS = 5_000;

/**
 * Makes a question to a provider: is your tip the chain's? One answer serves for a moment, so that payments with made
 * up inputs cannot buy a provider call each.
 *
 * @throws ChainProviderError when the provider does not answer.
 */
export function createTipFreshness(
  provider: ChainProvider,
  options: TipFreshnessOptions,
): () => Promise<TipFreshness> {
  const { clock, maxTipAgeMs = DEFAULT_MAX_TIP_AGE_MS, ttlMs = DEFAULT_TTL_MS } = options;
  let last: { readonly answer: Promise<TipFreshness>; readonly askedAtMs: number } | undefined;

  const ask = async (): Promise<TipFreshness> => {
    const [tip, timeline] = await Promise.all([provider.getTip(), options.timeline()]);
    const ageMs = clock() - slotStartMs(timeline, tip.slot);
    return ageMs <= maxTipAgeMs
      ? { current: true }
      : { current: false, reason: `its tip is ${Math.round(ageMs / 1000)} s old` };
  };

  return () => {
    if (last !== undefined && clock() - last.askedAtMs < ttlMs) return last.answer;
    const asked = { answer: ask(), askedAtMs: clock() };
    last = asked;
    asked.answer.catch(() => {
      if (last === asked) last = undefined;
    });
    return asked.answer;
  };
}
