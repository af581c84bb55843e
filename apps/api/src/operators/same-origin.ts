import type { FastifyRequest } from 'fastify';

/**
 * Whether a browser says that one of our own pages made the request. It tells so in `Sec-Fetch-Site` over https and on this
 * machine; everywhere in `Origin`, for what changes something.
 */
export function isSameOrigin({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  const { origin, host } = headers;
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === host;
}
