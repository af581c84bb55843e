import { connect, type Socket } from 'node:net';

/** What a server said on one connection, and the connection. */
export type RawConnection = {
  readonly socket: Socket;
  /** All that it sent so far. */
  readonly text: () => string;
  /** The status codes of its answers so far. */
  readonly statuses: () => readonly number[];
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>;
};

/** Connects to a server without an HTTP client, which would mend or refuse what a hostile caller sends. */
export function openRaw(url: string, { reads = true }: { readonly reads?: boolean } = {}): RawConnection {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname.replace(/^\[|\]$/g, ''));
  let text = '';
  if (reads) socket.on('data', (data) => (text += data.toString('latin1')));
  // Being cut off is no failure here.
  socket.on('error', () => undefined);
  return {
    socket,
    text: () => text,
    statuses: () => Array.from(text.matchAll(/HTTP\/1\.1 (\d{3})/g), ([, status]) => Number(status)),
    closed: new Promise((resolve) => socket.once('close', () => resolve())),
  };
}

/** Sends bytes and waits until the server has answered and closed. */
export async function exchange(url: string, bytes: string): Promise<RawConnection> {
  const connection = openRaw(url);
  connection.socket.write(Buffer.from(bytes, 'latin1'));
  await connection.closed;
  return connection;
}

const head = (...fields: readonly string[]) => ['GET /live HTTP/1.1', ...fields, '', ''].join('\r\n');
const post = (...fields: readonly string[]) =>
  [
    'POST /live HTTP/1.1',
    'host: x',
    'content-type: application/json',
    ...fields,
    '',
    '2',
    '{}',
    '0',
    '',
    '',
  ].join('\r\n');

/** Heads that RFC 9112 has refused with 400, or that two readers could understand in two ways. */
export const MALFORMED_HEADS: readonly (readonly [what: string, bytes: string])[] = [
  ['no Host', head('accept: */*')],
  ['two Hosts', head('host: x', 'host: y')],
  ['the same Host twice', head('host: x', 'Host: x')],
  ['a Host with a path', head('host: x/y')],
  ['a Host with a user', head('host: a@x')],
  ['a Host with a space', head('host: x y')],
  ['a Host with two ports', head('host: x:80:81')],
  ['two keys', head('host: x', 'authorization: Bearer a', 'authorization: Bearer b')],
  ['two keys in the other header', head('host: x', 'x-api-key: a', 'X-API-Key: b')],
  ['two content types', post('content-type: text/plain', 'transfer-encoding: chunked')],
  ['two idempotency keys', head('host: x', 'idempotency-key: a', 'idempotency-key: b')],
  ['two lengths', post('content-length: 2', 'content-length: 3')],
  ['two equal lengths', post('content-length: 2', 'content-length: 2')],
  ['a list of lengths', post('content-length: 2, 2')],
  ['a negative length', post('content-length: -1')],
  ['a signed length', post('content-length: +2')],
  ['a length in hexadecimal', post('content-length: 0x2')],
  ['a length and a coding', post('content-length: 2', 'transfer-encoding: chunked')],
  ['a coding and a length', post('transfer-encoding: chunked', 'content-length: 2')],
  ['two codings', post('transfer-encoding: chunked', 'transfer-encoding: chunked')],
  ['another coding', post('transfer-encoding: gzip, chunked')],
  ['chunked twice', post('transfer-encoding: chunked, chunked')],
  ['chunked not last', post('transfer-encoding: chunked, identity')],
  ['a coding with a tab', post('transfer-encoding:\tchunked\x0b')],
  ['a coding in HTTP/1.0', post('transfer-encoding: chunked').replace('HTTP/1.1', 'HTTP/1.0')],
  ['a space before the colon', head('host: x', 'x-field : y')],
  ['a folded line', head('host: x', 'x-field: y', ' z')],
  ['a field without a name', head('host: x', ': y')],
  ['a line without a colon', head('host: x', 'x-field')],
  ['a NUL in a value', head('host: x', 'x-field: a\0b')],
  ['a bare CR in a value', head('host: x', 'x-field: a\rb')],
  ['a space before the first field', 'GET /live HTTP/1.1\r\n host: x\r\n\r\n'],
  ['an unknown version', head('host: x').replace('HTTP/1.1', 'HTTP/1.2')],
  ['a version that is not spoken here', head('host: x').replace('HTTP/1.1', 'HTTP/2.0')],
  ['an unknown method', head('host: x').replace('GET', 'GETT')],
];
