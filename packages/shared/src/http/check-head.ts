import type { IncomingMessage } from 'node:http';
import { err, ok, type Result } from '@x402-facilitator/cardano';

/**
 * Fields of which a request has at most one. Node keeps the first or joins them; a proxy in front may keep the last, and
 * then the two do not speak of the same request.
 */
const SINGLE: ReadonlySet<string> = new Set([
  'host',
  'content-type',
  'content-length',
  'transfer-encoding',
  'authorization',
  'x-api-key',
  'idempotency-key',
]);

/** RFC 9110, 7.2: `uri-host [ ":" port ]`, as in RFC 3986. It may be empty. */
const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|(?:[\w.~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)(?::\d*)?$/;

/**
 * What Node's parser lets through, though RFC 9112 has it refused: parts of a head that two readers may understand in two
 * ways. Node itself refuses a missing Host, and lengths that conflict.
 *
 * @returns what is wrong, for the answer.
 */
export function checkHead({
  rawHeaders,
  headers,
  httpVersion,
}: Pick<IncomingMessage, 'rawHeaders' | 'headers' | 'httpVersion'>): Result<undefined, string> {
  if (httpVersion !== '1.1' && httpVersion !== '1.0')
    return err(`expected HTTP/1.1, found HTTP/${httpVersion}`);
  const seen = new Set<string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    if (!SINGLE.has(name)) continue;
    if (seen.has(name)) return err(`expected at most one ${name} header, found more`);
    seen.add(name);
  }
  if (headers.host !== undefined && !HOST.test(headers.host))
    return err('expected the host header to be a host and a port, found something else');
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && (coding.toLowerCase() !== 'chunked' || httpVersion !== '1.1'))
    return err('expected no transfer-encoding but chunked, in HTTP/1.1, found another');
  return ok(undefined);
}
