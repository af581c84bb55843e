import { createHash, timingSafeEqual } from 'node:crypto';
import proxyAddr from '@fastify/proxy-addr';
import { err, ok, type Result } from '@x402-facilitator/cardano';
import { JournalUnavailableError } from '@x402-facilitator/journal';
import type { ApiKeyConfig, Config } from '@x402-facilitator/shared/config';
import { networkOf } from '@x402-facilitator/shared/http';
import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { type CallerKey, type KeyRegistry, wordsOf } from '../../keys/index.js';
import { unauthorized } from './errors.js';
import './route-config.js';

/** Who calls: the holder of a key, or a stranger at an address. */
export type Caller =
  | { readonly kind: 'key'; readonly key: CallerKey }
  | {
      readonly kind: 'stranger';
      readonly problem: string;
      /** Whether its key is one that is stored cannot be known now. */
      readonly unavailable?: JournalUnavailableError;
    };

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller;
  }
}

const STRANGER: Caller = { kind: 'stranger', problem: 'not identified yet' };

/**
 * Identifies the caller before limits are counted, and refuses callers without a key where a route needs one. These are
 * two hooks, with the rate limit between them, so that guessing keys is limited too.
 */
export const callerPlugin = fp<{
  readonly security: Config['security'];
  /** Unset: no keys are stored. */
  readonly registry: Pick<KeyRegistry, 'find'> | undefined;
}>(
  async (app, { security, registry }) => {
    app.decorateRequest('caller');
    app.addHook('onRequest', (request, _reply, done) => {
      request.caller = identify(request, security.apiKeys, registry !== undefined);
      if (registry === undefined || request.caller.kind === 'key') return done();
      identifyStored(request, registry).then((caller) => {
        request.caller = caller;
        done();
      }, done);
    });
  },
  { name: 'identify-caller' },
);

/** Refuses strangers where a key is needed. */
export const requireKeyPlugin = fp<{ readonly security: Config['security'] }>(
  async (app, { security }) => {
    if (!isKeyed(security)) return;
    app.addHook('onRequest', async (request) => {
      if (request.caller.kind === 'key' || !needsKey(request, security)) return;
      throw request.caller.unavailable ?? unauthorized(request.caller.problem);
    });
  },
  { name: 'require-key', dependencies: ['identify-caller', 'limits'] },
);

/** Whether callers can have keys here: then payments need one. */
export function isKeyed({
  apiKeys,
  storedKeys,
}: Pick<Config['security'], 'apiKeys' | 'storedKeys'>): boolean {
  return apiKeys.length > 0 || storedKeys;
}

/** The name of a caller's key; `undefined` for a stranger. */
export function keyNameOf({ caller }: Pick<FastifyRequest, 'caller'>): string | undefined {
  return caller.kind === 'key' ? caller.key.name : undefined;
}

function needsKey({ headers, routeOptions }: FastifyRequest, security: Config['security']): boolean {
  const { access = 'open' } = routeOptions.config;
  switch (access) {
    case 'open':
    case 'sign-in':
      return false;
    case 'key':
      return true;
    case 'status':
      return !security.publicStatus;
    case 'payment':
      // A wrong key is a mistake to be told of, not a stranger to be served.
      return (
        !security.publicPayments || headers.authorization !== undefined || headers['x-api-key'] !== undefined
      );
  }
}

/** Whether an address is a proxy that `server.trustProxy` trusts: then its connections are those of many callers. */
export function trustedProxiesOf(trustProxy: Config['server']['trustProxy']): (address: string) => boolean {
  if (typeof trustProxy === 'boolean') return () => trustProxy;
  const named =
    typeof trustProxy === 'string' ? trustProxy.split(',').map((name) => name.trim()) : trustProxy;
  const isTrusted = proxyAddr.compile([...named]);
  return (address) => address !== '' && isTrusted(address, 0);
}

const KEY = 'key:';

/** The name that everything is counted by: that of a key, or an address. */
export function callerName({ caller, ip }: Pick<FastifyRequest, 'caller' | 'ip'>): string {
  return caller.kind === 'key' ? `${KEY}${caller.key.name}` : `ip:${networkOf(ip)}`;
}

/** Whose key a name is, as `callerName` wrote it. */
export function keyOfCaller(name: string): { readonly keyName?: string } {
  return name.startsWith(KEY) ? { keyName: name.slice(KEY.length) } : {};
}

function identify(request: FastifyRequest, keys: readonly ApiKeyConfig[], areStored: boolean): Caller {
  if (keys.length === 0 && !areStored) return STRANGER;
  const presented = presentedKey(request);
  if (!presented.ok) return { kind: 'stranger', problem: presented.error };
  const { key: text, header } = presented.value;
  const key = findKey(text, keys);
  return key === undefined
    ? { kind: 'stranger', problem: `the key in the ${header} header is not known here` }
    : { kind: 'key', key };
}

/** The same among the stored keys, which are of callers and of admins. Without Redis none of them is known. */
async function identifyStored(request: FastifyRequest, registry: Pick<KeyRegistry, 'find'>): Promise<Caller> {
  const presented = presentedKey(request);
  if (!presented.ok) return { kind: 'stranger', problem: presented.error };
  const { key: text, header } = presented.value;
  try {
    const found = await registry.find(text);
    if (found.kind !== 'known') return { kind: 'stranger', problem: wordsOf(found, header) };
    const { name, role, settings } = found.key;
    if (role === 'admin')
      return {
        kind: 'stranger',
        problem: `the key in the ${header} header is an admin's: it manages keys, and pays nothing`,
      };
    const { redemption, rateLimit } = settings;
    return { kind: 'key', key: { name, redemption, rateLimit, settings } };
  } catch (error) {
    if (!(error instanceof JournalUnavailableError)) throw error;
    return { kind: 'stranger', problem: error.publicMessage, unavailable: error };
  }
}

/** The configured key that a text is. */
export function findKey<Key extends Pick<ApiKeyConfig, 'sha256'>>(
  text: string,
  keys: readonly Key[],
): Key | undefined {
  const digest = createHash('sha256').update(text).digest();
  // Compares every key, so that the time taken does not reveal which one matches.
  const [key] = keys.filter(({ sha256 }) => timingSafeEqual(digest, Buffer.from(sha256, 'hex')));
  return key;
}

/** The key that a request presents and the header that holds it, or what is missing. */
export function presentedKey(
  request: FastifyRequest,
): Result<{ readonly key: string; readonly header: string }, string> {
  const { authorization, 'x-api-key': apiKey } = request.headers;
  if (authorization !== undefined) {
    const key = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
    return key === undefined
      ? err('expected the Authorization header to be "Bearer <key>", found another form')
      : ok({ key, header: 'Authorization' });
  }
  if (typeof apiKey === 'string' && apiKey !== '') return ok({ key: apiKey, header: 'x-api-key' });
  return err('expected an Authorization: Bearer or x-api-key header, found neither');
}
