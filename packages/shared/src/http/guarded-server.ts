import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import { networkOf } from './address.js';
import { checkHead } from './check-head.js';

/** What strangers can make a server hold. */
export type ConnectionBounds = {
  /** Of the process; further ones are closed at once. */
  readonly connections: number;
  /** Of one address. */
  readonly connectionsPerAddress: number;
  /** Requests on one connection without an answer that its sender took. */
  readonly unanswered: number;
  /** Of all connections together: answers that their callers do not take. */
  readonly unreadBytes: number;
  /** How long an answer may wait for its reader. */
  readonly readWithinMs: number;
};

/**
 * Why a connection was refused or cut: too many of the process or of one address, too many requests before their answers,
 * answers that were not read in time, too many unread bytes in all; or why a request was refused: its head.
 */
export type ConnectionCut = 'process' | 'address' | 'pipelined' | 'slow' | 'unread' | 'malformed';

/** Few clients send a request before the last one's answer came, and none many. */
const UNANSWERED = 16;
const UNREAD_BYTES = 64 * 1024 * 1024;
const READ_WITHIN_MS = 30_000;

const CHECK_MS = 250;

/** For a listener that only probes and Prometheus ask. */
export const MONITORING_SERVER = {
  bounds: { connections: 128, connectionsPerAddress: 64, unreadBytes: 16 * 1024 * 1024 },
  requestTimeoutMs: 10_000,
  keepAliveTimeoutMs: 72_000,
} as const;

type Connection = {
  /** Answers that their reader has not wholly taken. */
  readonly answers: Set<ServerResponse>;
  /** Bytes that were on their way when they began to wait. */
  waiting?: { readonly untilBytes: number; readonly sinceMs: number };
};

/**
 * An HTTP server that strangers cannot make hold much: connections, requests that came before the answers to others, and
 * answers that are not read. Node bounds none of these by itself. It also refuses heads that can be read in two ways.
 */
export function createGuardedServer({
  handler,
  bounds,
  requestTimeoutMs,
  keepAliveTimeoutMs,
  isProxy = () => false,
  onCut = () => undefined,
}: {
  readonly handler: RequestListener;
  readonly bounds: Pick<ConnectionBounds, 'connections' | 'connectionsPerAddress'> &
    Partial<ConnectionBounds>;
  /** How long a request may take to arrive. */
  readonly requestTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  /** Whether many callers come from this address. */
  readonly isProxy?: (address: string) => boolean;
  readonly onCut?: (reason: ConnectionCut) => void;
}): Server {
  const { connectionsPerAddress, unanswered = UNANSWERED } = bounds;
  const { unreadBytes = UNREAD_BYTES, readWithinMs = READ_WITHIN_MS } = bounds;
  const connections = new Map<Socket, Connection>();
  const countOf = new Map<string, number>();
  /** Of the latest look. */
  let unread = 0;

  const cut = (socket: Socket, reason: ConnectionCut) => {
    if (socket.destroyed) return;
    onCut(reason);
    socket.destroy();
  };

  const look = () => {
    const nowMs = performance.now();
    const held: { readonly socket: Socket; readonly bytes: number }[] = [];
    for (const [socket, connection] of connections) {
      const bytes = unreadOf(connection);
      if (bytes > 0) held.push({ socket, bytes });
      if (isOverdue(socket, connection, bytes, nowMs, readWithinMs)) cut(socket, 'slow');
    }
    unread = held.reduce((sum, { bytes }) => sum + bytes, 0);
    if (unread <= unreadBytes) return;
    for (const { socket, bytes } of held.sort((a, b) => b.bytes - a.bytes)) {
      cut(socket, 'unread');
      unread -= bytes;
      if (unread <= unreadBytes) return;
    }
  };

  const server = createServer(
    {
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      requireHostHeader: true,
      insecureHTTPParser: false,
    },
    (request, response) => {
      const { socket } = request;
      const connection = connections.get(socket);
      if (connection === undefined || socket.destroyed) return;
      const { answers } = connection;
      answers.add(response);
      response.once('close', () => answers.delete(response));
      if (answers.size > unanswered) {
        cut(socket, 'pipelined');
        stopParsing(socket);
        return;
      }
      if (unread > unreadBytes) look();
      const head = checkHead(request);
      if (head.ok) handler(request, response);
      else {
        onCut('malformed');
        refuse(response, head.error);
      }
    },
  );
  server.maxConnections = bounds.connections;
  server.on('drop', () => onCut('process'));

  server.on('connection', (socket: Socket) => {
    const { remoteAddress = '' } = socket;
    const name = isProxy(remoteAddress) ? undefined : networkOf(remoteAddress);
    if (name !== undefined) {
      const count = (countOf.get(name) ?? 0) + 1;
      if (count > connectionsPerAddress) return cut(socket, 'address');
      countOf.set(name, count);
    }
    connections.set(socket, { answers: new Set() });
    socket.once('close', () => {
      connections.delete(socket);
      if (name === undefined) return;
      const rest = (countOf.get(name) ?? 0) - 1;
      if (rest > 0) countOf.set(name, rest);
      else countOf.delete(name);
    });
  });

  server.on('listening', () => {
    const looks = setInterval(look, CHECK_MS).unref();
    server.once('close', () => clearInterval(looks));
  });
  return server;
}

/** Bytes that were written and that the kernel did not take, because their reader takes none. */
function unreadOf({ answers }: Connection): number {
  let bytes = 0;
  for (const { writableLength } of answers) bytes += writableLength;
  return bytes;
}

/** Whether what was on its way `readWithinMs` ago is still not read. */
function isOverdue(
  socket: Socket,
  connection: Connection,
  bytes: number,
  nowMs: number,
  readWithinMs: number,
): boolean {
  const { waiting } = connection;
  const taken = socket.bytesWritten - socket.writableLength;
  if (waiting !== undefined && taken < waiting.untilBytes) return nowMs - waiting.sinceMs > readWithinMs;
  if (bytes === 0) delete connection.waiting;
  else connection.waiting = { untilBytes: socket.bytesWritten, sinceMs: nowMs };
  return false;
}

/** What Node's parser takes for "stop here" when it has told of a head. */
const STOP = 2;

/**
 * Node goes on to parse what had arrived before the connection was closed, thousands of requests at a time, and makes an
 * error for each. Its parser is not documented: without it, this only takes longer.
 */
function stopParsing(socket: Socket): void {
  const { parser } = socket as { parser?: { onIncoming?: unknown } | null };
  if (typeof parser?.onIncoming === 'function') parser.onIncoming = () => STOP;
}

function refuse(response: ServerResponse<IncomingMessage>, message: string): void {
  response
    .writeHead(400, {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      connection: 'close',
    })
    .end(JSON.stringify({ error: 'invalid_request', message }));
}
