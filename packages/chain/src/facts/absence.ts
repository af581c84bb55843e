import { slotStartMs, type Timeline } from '@x402-facilitator/cardano';
import type { ChainProvider, Clock } from '../provider/index.js';

/** What "not found" means: it is not on the chain, or that is not known, with the reason. */
export type Absence =
  | { readonly status: 'missing' }
  | { readonly status: 'unknown'; readonly reason: string };

/** Judges that a provider does not know `what`. */
export type JudgeAbsence = (what: string) => Promise<Absence>;

/** The age, by slot time, up to which a tip is current. Blocks come every 20 s on average: a gap of 5 minutes happens about once in three million blocks. */
const MAX_TIP_AGE_MS = 300_000;
/** How long one look at the tip is used, so that payments with made-up inputs do not cost a provider call each. */
const TIP_TTL_MS = 5_000;

/**
 * An indexer that lags answers 404 for a fresh transaction too, so only a provider whose tip is up to date is believed.
 *
 * @throws ChainProviderError when the provider does not answer.
 */
export function createAbsenceJudge(
  provider: ChainProvider,
  options: { readonly clock: Clock; readonly timeline: () => Promise<Timeline> },
): JudgeAbsence {
  const { clock } = options;
  let last: { readonly tipAgeMs: Promise<number>; readonly askedAtMs: number } | undefined;

  const ask = async (): Promise<number> => {
    const [tip, timeline] = await Promise.all([provider.getTip(), options.timeline()]);
    return clock() - slotStartMs(timeline, tip.slot);
  };

  const tipAgeMs = (): Promise<number> => {
    if (last !== undefined && clock() - last.askedAtMs < TIP_TTL_MS) return last.tipAgeMs;
    const asked = { tipAgeMs: ask(), askedAtMs: clock() };
    last = asked;
    asked.tipAgeMs.catch(() => {
      if (last === asked) last = undefined;
    });
    return asked.tipAgeMs;
  };

  return async (what) => {
    const ageMs = await tipAgeMs();
    if (ageMs <= MAX_TIP_AGE_MS) return { status: 'missing' };
    const reason = `${provider.name} does not know ${what}, but its tip is ${Math.round(ageMs / 1000)} s old`;
    return { status: 'unknown', reason };
  };
}
