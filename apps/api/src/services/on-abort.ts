const listenersOf = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `listener` once when the signal fires, unless the returned function is called before. An `AbortSignal` compares
 * each new listener with all that it has; with thousands of open waits on one signal that took more time than the waits.
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  let listeners = listenersOf.get(signal);
  if (listeners === undefined) {
    const all = new Set<() => void>();
    listeners = all;
    listenersOf.set(signal, all);
    signal.addEventListener('abort', () => {
      for (const each of [...all]) each();
    });
  }
  const own = () => listener();
  listeners.add(own);
  return () => listeners.delete(own);
}
