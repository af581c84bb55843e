import { type LookupAddress, lookup as lookupByName } from 'node:dns';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { checkPublicAddress } from './address.js';

/** Of an answer's body, which is not used: enough to end the connection politely. */
const MAX_ANSWER_BYTES = 16_384;
const ANSWER_MS = 1_000;

/** What came of one request. */
export type Sent =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfter: string | undefined }
  /** For operators: it may name addresses. */
  | { readonly kind: 'unanswered'; readonly problem: string };

/**
 * Sends one POST on a connection of its own. No redirect is followed. A name is resolved once, and the connection goes to one of
 * the addresses that were judged: an answer that changes between two look-ups reaches nothing else.
 *
 * @param options.url with addresses that were judged before, where it has one in place of a name.
 */
export function sendOnce(options: {
  readonly url: URL;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly allowPrivateNetworks: boolean;
  /** As `dns.lookup`. */
  readonly lookup?: typeof lookupByName;
}): Promise<Sent> {
  const { url, headers, timeoutMs, allowPrivateNetworks, lookup = lookupByName } = options;
  const body = Buffer.from(options.body);
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const open = request(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': body.length },
      // No agent keeps a connection, or a proxy of the environment.
      agent: false,
      lookup: allowPrivateNetworks ? lookup : publicOnly(lookup),
      signal,
    });
    open.on('response', (response) => {
      const { statusCode = 0 } = response;
      resolve({ kind: 'answered', status: statusCode, retryAfter: response.headers['retry-after'] });
      discard(response);
    });
    open.on('error', (error) =>
      resolve({
        kind: 'unanswered',
        problem: signal.aborted ? `no answer within ${timeoutMs} ms` : wordsOf(error),
      }),
    );
    open.end(body);
  });
}

/** Resolves a name to addresses of the public internet; one that has any other address is not connected to at all. */
function publicOnly(lookup: typeof lookupByName): LookupFunction {
  return (hostname, { all: wantsAll, ...options }, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const failed = error ?? refusalOf(hostname, addresses);
      const [first] = addresses ?? [];
      if (failed !== undefined || first === undefined) {
        const none = new Error(`${hostname} has no address`);
        callback(failed ?? none, '', 0);
      } else if (wantsAll) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

function refusalOf(hostname: string, addresses: readonly LookupAddress[]): Error | undefined {
  for (const { address } of addresses) {
    const checked = checkPublicAddress(address);
    if (!checked.ok) return new Error(`${hostname} is refused: ${checked.error}`);
  }
  return undefined;
}

function discard(response: IncomingMessage): void {
  const timer = setTimeout(() => response.destroy(), ANSWER_MS);
  let size = 0;
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) response.destroy();
  });
  response.on('error', () => undefined);
  response.on('close', () => clearTimeout(timer));
}

function wordsOf(error: Error): string {
  // Of several addresses, each with an error of its own, Node tells the last alone by its code.
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return (error.message || code || error.name).slice(0, 300);
}
