import pTimeout from 'p-timeout';

/** A scrape must not wait for a Redis that is away. What takes longer than this is left out. */
const ANSWER_WITHIN_MS = 1_000;

/**
 * One read for all the gauges that show parts of it: those of one scrape ask at the same moment and share the answer.
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
