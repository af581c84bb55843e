import type { HTTPAdapter } from '@x402/core/server';
import type { FastifyRequest } from 'fastify';

/** Shows a Fastify request to `@x402/core`. */
export function adapterFor(request: FastifyRequest): HTTPAdapter {
  const header = (name: string): string | undefined => {
    const value = request.headers[name.toLowerCase()];
    return Array.isArray(value) ? value.join(', ') : value;
  };
  return {
    getHeader: header,
    getMethod: () => request.method,
    getPath: () => pathOf(request),
    getUrl: () => `${request.protocol}://${request.host}${request.url}`,
    getAcceptHeader: () => header('accept') ?? '',
    getUserAgent: () => header('user-agent') ?? '',
    getBody: () => request.body,
  };
}

/**
 * The path of the route that Fastify matched: however a client spells a path (escapes, case), the route that runs is
 * the one that is priced.
 */
export function pathOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? request.url.split('?', 1)[0] ?? '/';
}
