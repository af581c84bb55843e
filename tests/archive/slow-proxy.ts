import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';

export type SlowProxy = TcpProxy & {
  /** From now on each piece of an answer arrives so much later. */
  delay(ms: number): void;
};

/** Stands between the product and a database, on a free port of this machine. */
export async function startSlowProxy(targetPort: number): Promise<SlowProxy> {
  let delayMs = 0;
  const proxy = await startTcpProxy({ host: '127.0.0.1', port: targetPort }, (caller, target) => {
    caller.on('data', (bytes) => target.write(bytes));
    target.on('data', (bytes) => {
      // In order: timers of one length fire in the order in which they were set.
      if (delayMs === 0) caller.write(bytes);
      else setTimeout(() => caller.destroyed || caller.write(bytes), delayMs);
    });
  });
  return {
    ...proxy,
    delay(ms) {
      delayMs = ms;
    },
  };
}
