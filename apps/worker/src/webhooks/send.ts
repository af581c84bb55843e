import { type LookupAddress, lookup } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { checkPublicAddress } from './address.js';

/** Of an answer's body, which is not used: enough to end the connection politely. */
const MAX_ANSWER_BYTES = 16_384;
const ANSWER_MS = 1_000;

/**
 * Asks the servers of names themselves. The system's own resolver keeps one of the process's four threads for as long as a
 * server of names is silent: strangers' endpoints could take them all, and with them the chain's providers.
 */
const servers = new Resolver({ timeout: 2_000, tries: 2 });

/** All addresses of a name. */
type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

const resolveByServers: Resolve = async (hostname) => {
  const [four, six] = await Promise.allSettled([servers.resolve4(hostname), servers.resolve6(hostname)]);
  if (four.status === 'rejected' && six.status === 'rejected') throw four.reason;
  return [
    ...(four.status === 'fulfilled' ? four.value.map((address) => ({ address, family: 4 })) : []),
    ...(six.status === 'fulfilled' ? six.value.map((address) => ({ address, family: 6 })) : []),
  ];
};

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
  readonly resolve?: Resolve;
}): Promise<Sent> {
  const { url, headers, timeoutMs, allowPrivateNetworks, resolve: byName = resolveByServers } = options;
  const body = Buffer.from(options.body);
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const open = request(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': body.length },
      // No agent keeps a connection, or a proxy of the environment.
      agent: false,
      // Private names may be the system's own.
      lookup: allowPrivateNetworks ? lookup : publicOnly(byName),
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
function publicOnly(resolve: Resolve): LookupFunction {
  return (hostname, { all: wantsAll }, callback) => {
    const judged = async () => {
      const addresses = await resolve(hostname);
      for (const { address } of addresses) {
        const checked = checkPublicAddress(address);
        if (!checked.ok) throw new Error(`${hostname} is refused: ${checked.error}`);
      }
      const [first] = addresses;
      if (first === undefined) throw new Error(`${hostname} has no address`);
      return { first, addresses };
    };
    judged().then(
      ({ first, addresses }) =>
        wantsAll ? callback(null, [...addresses]) : callback(null, first.address, first.family),
      (error: Error) => callback(error, '', 0),
    );
  };
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
