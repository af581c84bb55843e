import pTimeout from 'p-timeout';

/** Waits for `work`, at most `timeoutMs`. True when it ended in time; it goes on either way. */
export function within(timeoutMs: number, work: Promise<unknown>): Promise<boolean> {
  return pTimeout(
    work.then(() => true),
    // Zero is allowed here, and not by the library.
    { milliseconds: Math.max(timeoutMs, 1), fallback: () => false },
  );
}
