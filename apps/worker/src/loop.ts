import { setTimeout as sleep } from 'node:timers/promises';
import pTimeout from 'p-timeout';

/** A task that repeats, one turn at a time. */
export interface Loop {
  /** Starts no further turn. Resolves when the running one has ended. */
  stop(): Promise<void>;
}

/**
 * Runs `turn`, waits, and runs it again. A turn that throws is reported, and the next one follows.
 *
 * @param options.intervalMs between the end of a turn and the beginning of the next.
 */
export function startLoop(options: {
  readonly intervalMs: number;
  readonly turn: () => Promise<void>;
  readonly onError: (error: unknown) => void;
}): Loop {
  const { intervalMs, turn, onError } = options;
  const stopping = new AbortController();
  const run = async () => {
    while (!stopping.signal.aborted) {
      try {
        await turn();
      } catch (error) {
        onError(error);
      }
      await sleep(intervalMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const ended = run();
  return {
    stop() {
      stopping.abort();
      return ended;
    },
  };
}

/** Waits for `work`, at most `timeoutMs`. True when it ended in time. It continues in either case. */
export function within(timeoutMs: number, work: Promise<unknown>): Promise<boolean> {
  return pTimeout(
    work.then(() => true),
    // Zero is allowed here, but not by the library.
    { milliseconds: Math.max(timeoutMs, 1), fallback: () => false },
  );
}
