/**
 * Gives an exchange a signal that fires when its time is up, or when the caller's own fires. Read its answer with the same signal
 * (`readAtMost`).
 *
 * Not by `AbortSignal.any`: what it makes of a time-out can be collected as garbage in Node 20, and then never fires.
 */
export async function within<T>(
  timeoutMs: number,
  exchange: (signal: AbortSignal) => Promise<T>,
  own?: AbortSignal | null,
): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')),
    timeoutMs,
  );
  const stop = () => controller.abort(own?.reason);
  own?.addEventListener('abort', stop);
  if (own?.aborted) stop();
  try {
    return await exchange(controller.signal);
  } finally {
    clearTimeout(timer);
    own?.removeEventListener('abort', stop);
  }
}
