import { once } from 'node:events';
import { connect } from 'node:net';

const CONNECT_WITHIN_MS = 1_000;

/**
 * Whether something accepts connections at the host of an `http(s)` URL. It opens one and closes it again: no call is made,
 * so it costs nothing of a quota. True proves little, false proves that a call would fail.
 */
export async function canConnect(url: string): Promise<boolean> {
  const { protocol, hostname, port } = new URL(url);
  const socket = connect({
    // A URL writes an IPv6 address in brackets.
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
  });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECT_WITHIN_MS) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
