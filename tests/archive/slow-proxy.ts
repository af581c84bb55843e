import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type SlowProxy = {
  readonly port: number;
  /** From now on each piece of an answer arrives so much later. */
  delay(ms: number): void;
  close(): Promise<void>;
};

/** Stands between the product and a database, on a free port of this machine. */
export async function startSlowProxy(targetPort: number): Promise<SlowProxy> {
  const sockets = new Set<Socket>();
  let delayMs = 0;
  const server = createServer((caller) => {
    const target = connect(targetPort, '127.0.0.1');
    for (const [socket, other] of [
      [caller, target],
      [target, caller],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    caller.on('data', (bytes) => target.write(bytes));
    target.on('data', (bytes) => {
      // In order: timers of one length fire in the order in which they were set.
      if (delayMs === 0) caller.write(bytes);
      else setTimeout(() => caller.destroyed || caller.write(bytes), delayMs);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    delay(ms) {
      delayMs = ms;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
