import { connect, createServer, type Socket } from 'node:net';
import { listen } from '../support/index.js';

/** One wait for Redis: a flush of one or more commands, and its answer. */
export type RoundTrip = {
  /** The name that the connection gave itself. */
  readonly client: string;
  /** What was written together, in lower case. */
  readonly commands: readonly string[];
};

export type RedisProxy = {
  readonly port: number;
  /** All since the last call, in order. */
  take(): RoundTrip[];
  /** How many are not taken yet. */
  count(): number;
  close(): Promise<void>;
};

/**
 * How long an answer is held back. Two commands of one moment may arrive in two pieces, and Redis may answer the first
 * between them: the second then still belongs to the same round trip.
 */
const HELD_BACK_MS = 3;

/**
 * Stands between processes and Redis, and counts how often they wait for it. A round trip begins when a connection writes
 * while no answer is due. What it writes before the answer comes belongs to the same one, because it did not wait in
 * between. The count is exact as long as one thing happens at a time.
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
  const port = await listen(server);
  return {
    port,
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

/** The commands that begin in a chunk of RESP, and the name from a `CLIENT SETNAME` among them. */
export function readCommands(chunk: string): { readonly commands: string[]; readonly clientName?: string } {
  const commands = [...chunk.matchAll(COMMAND)].map(([, name = '']) => name.toLowerCase());
  const [, clientName] = CLIENT_NAME.exec(chunk) ?? [];
  return { commands, ...(clientName === undefined ? {} : { clientName }) };
}
