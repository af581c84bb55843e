import { createHash, timingSafeEqual } from 'node:crypto';
import type { ApiKeyConfig } from '@x402-facilitator/shared/config';
import type { FastifyRequest } from 'fastify';
import { HttpProblem } from '../plugins/app/http-problem.js';
import type { GuessLimit } from './guess-limit.js';

/** Makes a browser ask its user for a password; scripts present the key as they do elsewhere. */
const CHALLENGE = 'Basic realm="x402-facilitator admin", charset="UTF-8"';

/**
 * Lets the holder of the admin key pass: as a bearer token, as `x-api-key`, or as the password of HTTP Basic with any
 * user name.
 *
 * @throws HttpProblem 401, or 429 for an address that guessed too often.
 */
export async function requireAdmin(
  request: FastifyRequest,
  { key, guesses }: { readonly key: ApiKeyConfig; readonly guesses: GuessLimit },
): Promise<void> {
  const presented = presentedKey(request);
  if (presented === undefined)
    throw unauthorized('expected the admin key, as HTTP Basic password, bearer token or x-api-key');
  const digest = createHash('sha256').update(presented).digest();
  const isRight = timingSafeEqual(digest, Buffer.from(key.sha256, 'hex'));
  const waitMs = await guesses.waitMs({ address: request.ip, isRight });
  if (waitMs > 0) {
    const seconds = Math.ceil(waitMs / 1000);
    throw new HttpProblem(
      429,
      'rate_limited',
      `too many wrong admin keys from this address; try again in ${seconds} s`,
      { 'retry-after': String(seconds) },
    );
  }
  if (!isRight) throw unauthorized('this is not the admin key');
  // From here on the log names the key's holder as the caller.
  request.caller = { kind: 'key', key };
}

function unauthorized(message: string): HttpProblem {
  return new HttpProblem(401, 'unauthorized', message, { 'www-authenticate': CHALLENGE });
}

function presentedKey({ headers }: FastifyRequest): string | undefined {
  const [, scheme, value] = /^(Bearer|Basic) +(\S+) *$/i.exec(headers.authorization ?? '') ?? [];
  if (scheme === undefined || value === undefined) {
    const named = headers['x-api-key'];
    return typeof named === 'string' && named !== '' ? named : undefined;
  }
  if (scheme.toLowerCase() === 'bearer') return value;
  const credentials = Buffer.from(value, 'base64').toString('utf8');
  const colon = credentials.indexOf(':');
  return colon === -1 || colon === credentials.length - 1 ? undefined : credentials.slice(colon + 1);
}
