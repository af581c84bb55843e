import { createHash, timingSafeEqual } from 'node:crypto';
import { err, ok, type Result } from '@x402-facilitator/cardano';
import type { ApiKeyConfig, Config } from '@x402-facilitator/shared/config';
import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import ipaddr from 'ipaddr.js';
import { HttpProblem } from './http-problem.js';
import './route-config.js';

/** Who calls: the holder of a configured key, or a stranger at an address. */
export type Caller =
  | { readonly kind: 'key'; readonly key: ApiKeyConfig }
  | { readonly kind: 'stranger'; readonly problem: string };

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
export const callerPlugin = fp<{ readonly security: Config['security'] }>(
  async (app, { security }) => {
    app.decorateRequest('caller');
    app.addHook('onRequest', (request, _reply, done) => {
      request.caller = identify(request, security.apiKeys);
      done();
    });
  },
  { name: 'identify-caller' },
);

/** Refuses strangers where a key is needed. */
export const requireKeyPlugin = fp<{ readonly security: Config['security'] }>(
  async (app, { security }) => {
    if (security.apiKeys.length === 0) return;
    app.addHook('onRequest', async (request) => {
      if (request.caller.kind === 'key' || !needsKey(request, security)) return;
      throw new HttpProblem(401, 'unauthorized', request.caller.problem, {
        'www-authenticate': 'Bearer realm="x402-facilitator"',
      });
    });
  },
  { name: 'require-key', dependencies: ['identify-caller', 'limits'] },
);

function needsKey({ headers, routeOptions }: FastifyRequest, security: Config['security']): boolean {
  const { access = 'open' } = routeOptions.config;
  switch (access) {
    case 'open':
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

/**
 * The name that everything is counted by: that of a key, or an address. A subscriber gets a whole IPv6 /64, so its
 * addresses are one caller. An IPv4 address is itself, however it is written.
 */
export function callerName({ caller, ip }: Pick<FastifyRequest, 'caller' | 'ip'>): string {
  return caller.kind === 'key' ? `key:${caller.key.name}` : `ip:${networkOf(ip)}`;
}

const IPV6_PREFIX_GROUPS = 4;

function networkOf(ip: string): string {
  // A proxy that is trusted may write anything.
  if (!ipaddr.isValid(ip)) return ip;
  const address = ipaddr.process(ip);
  if (!(address instanceof ipaddr.IPv6)) return address.toString();
  const prefix = address.parts.slice(0, IPV6_PREFIX_GROUPS).map((group) => group.toString(16));
  return `${prefix.join(':')}::/64`;
}

function identify(request: FastifyRequest, keys: readonly ApiKeyConfig[]): Caller {
  if (keys.length === 0) return STRANGER;
  const presented = presentedKey(request);
  if (!presented.ok) return { kind: 'stranger', problem: presented.error };
  const { key: text, header } = presented.value;
  const digest = createHash('sha256').update(text).digest();
  // Compares every key, so that the time taken does not reveal which one matches.
  const matches = keys.filter((key) => timingSafeEqual(digest, Buffer.from(key.sha256, 'hex')));
  const [key] = matches;
  return key === undefined
    ? { kind: 'stranger', problem: `the key in the ${header} header is not known here` }
    : { kind: 'key', key };
}

/** The key that a request presents and the header that holds it, or what is missing. */
function presentedKey(
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
