import pTimeout from 'p-timeout';

/** A scrape must not wait for an absent Redis. A read that takes longer than this is left out. */
const ANSWER_WITHIN_MS = 1_000;

/**
 * One read for all gauges that show parts of it. The gauges of one scrape ask at the same moment and share the answer.
 *
 * @returns `undefined` when the answer did not come in time or failed: the gauges then show nothing, because a zero
 * would say that all is well.
 */
export function readAtScrape<T>(read: () => Promise<T>): () => Promise<T | undefined> {
  let running: Promise<T | undefined> | undefined;
  return () => {
    running ??= pTimeout(read(), { milliseconds: ANSWER_WITHIN_MS, message: false })
      .catch(() => undefined)
      .finally(() => {
        running = undefined;
      });
    return running;
  };
}
