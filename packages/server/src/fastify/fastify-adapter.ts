import type { HTTPRequestContext } from '@x402/core/server';
import type { FastifyRequest } from 'fastify';

/**
 * Shows a Fastify request to `@x402/core`. However a client spells a path (escapes, case), the route that runs is the one
 * that is priced; a HEAD runs the handler of its GET, so it costs the same.
 */
export function contextOf(request: FastifyRequest): HTTPRequestContext {
  const header = (name: string): string | undefined => {
    const value = request.headers[name.toLowerCase()];
    return Array.isArray(value) ? value.join(', ') : value;
  };
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const path = request.routeOptions.url ?? request.url.split('?', 1)[0] ?? '/';
  return {
    method,
    path,
    adapter: {
      getHeader: header,
      getMethod: () => method,
      getPath: () => path,
      getUrl: () => `${request.protocol}://${request.host}${request.url}`,
      getAcceptHeader: () => header('accept') ?? '',
      getUserAgent: () => header('user-agent') ?? '',
      getBody: () => request.body,
    },
  };
}
