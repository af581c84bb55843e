import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type TcpProxy = {
  readonly port: number;
  close(): Promise<void>;
};

/**
 * Stands between callers and a server, on a free port of this machine. When one side of a connection ends, so does the other.
 *
 * @param carry what passes each connection on, from its caller and from its target.
 */
export async function startTcpProxy(
  target: { readonly host: string; readonly port: number },
  carry: (caller: Socket, target: Socket) => void,
): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((caller) => {
    const onward = connect(target.port, target.host);
    for (const [socket, other] of [
      [caller, onward],
      [onward, caller],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    carry(caller, onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
