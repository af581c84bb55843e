import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A time that a process waited for Redis: one flush of commands, however many, and its answer. */
export type RoundTrip = {
  /** Of the connection, as it named itself. */
  readonly client: string;
  /** What was flushed together, in lower case. */
  readonly commands: readonly string[];
};

export type RedisProxy = {
  readonly port: number;
  /** All since the last call of this, in the order of their flushes. */
  take(): RoundTrip[];
  /** How many there are that nobody took. */
  count(): number;
  close(): Promise<void>;
};

/**
 * An answer waits this long here, so that everything that its reader wrote before it could know it has arrived: two
 * commands of one moment may come in two pieces, with Redis answering the first between them.
 */
const HELD_BACK_MS = 3;

/**
 * Stands between processes and Redis, and tells how often they wait for it. A connection that writes while it owes no
 * answer begins a round trip; what it writes before the answer comes belongs to the same one, because nobody waited
 * in between. Exact as long as one thing is done at a time.
 */
export async function startRedisProxy(redis: {
  readonly host: string;
  readonly port: number;
}): Promise<RedisProxy> {
  let trips: { client: string; commands: string[] }[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(redis.port, redis.host);
    let name = 'unnamed';
    let current: { client: string; commands: string[] } | undefined;
    client.setNoDelay(true);
    upstream.setNoDelay(true);
    client.on('data', (chunk) => {
      const { commands, clientName } = readCommands(chunk.toString('latin1'));
      name = clientName ?? name;
      if (current === undefined) {
        current = { client: name, commands: [] };
        trips.push(current);
      }
      current.commands.push(...commands);
    });
    upstream.on('data', (chunk) => {
      const answered = current;
      setTimeout(() => {
        if (current === answered) current = undefined;
        if (!client.destroyed) client.write(chunk);
      }, HELD_BACK_MS);
    });
    client.pipe(upstream);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    take() {
      const taken = trips;
      trips = [];
      return taken;
    },
    count: () => trips.length,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const COMMAND = /(?<=^|\r\n)\*\d+\r\n\$\d+\r\n([A-Za-z]+)\r\n/g;
const CLIENT_NAME = /\$\d+\r\nclient\r\n\$\d+\r\nsetname\r\n\$\d+\r\n([^\r]*)/i;

/** The commands that begin in a chunk of RESP, and the name that a `CLIENT SETNAME` among them gives. */
export function readCommands(chunk: string): { readonly commands: string[]; readonly clientName?: string } {
  const commands = [...chunk.matchAll(COMMAND)].map(([, name = '']) => name.toLowerCase());
  const [, clientName] = CLIENT_NAME.exec(chunk) ?? [];
  return { commands, ...(clientName === undefined ? {} : { clientName }) };
}
