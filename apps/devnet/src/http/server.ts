import { setMaxListeners } from 'node:events';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { failure } from './answer.js';
import { type Controls, controlRoutes } from './control/routes.js';
import { KOIOS_ROUTES } from './koios/index.js';
import { type Outcome, perform } from './perform.js';
import type { Route } from './route.js';
import { ROUTES } from './routes/index.js';

/** The prefix of each API. Both have the same length. */
const BLOCKFROST = '/api/v0';
const KOIOS = '/api/v1';
const CONTROL = '/devnet';
/** A transaction has at most 16 KiB, but an evaluation also carries UTxOs. */
const BODY_LIMIT_BYTES = 1_048_576;
const UNKNOWN_OPERATION = 'unknown';

export type ServerOptions = Controls & {
  /** Requires this `project_id` header. Without it, any or none is accepted. */
  readonly projectId?: string;
};

function queryOf({ query }: FastifyRequest): Record<string, string | undefined> {
  const entries = Object.entries(query as Record<string, string | string[] | undefined>);
  return Object.fromEntries(entries.map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]));
}

function deliver(outcome: Outcome, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  switch (outcome.kind) {
    case 'answer': {
      const { status, body, headers = {} } = outcome.answer;
      // Fastify sends a string as text, but these are JSON documents.
      return reply.code(status).headers(headers).type('application/json').send(JSON.stringify(body));
    }
    case 'drop':
      reply.hijack();
      request.raw.socket.destroy();
      return reply;
    case 'hang':
      return reply.hijack();
  }
}

function projectError(request: FastifyRequest, expected: string | undefined): string | undefined {
  if (expected === undefined || request.headers.project_id === expected) return undefined;
  return request.headers.project_id === undefined
    ? 'Missing project token. Please include project_id in your request.'
    : 'Invalid project token.';
}

function apiRoutes(
  app: FastifyInstance,
  options: ServerOptions,
  { base, routes }: { readonly base: string; readonly routes: readonly Route[] },
  closing: AbortSignal,
): void {
  const { ledger, faults, requests } = options;

  app.addHook('onRequest', async (request, reply) => {
    const error = base === BLOCKFROST ? projectError(request, options.projectId) : undefined;
    if (error !== undefined) await reply.code(403).send(failure(403, error).body);
  });
  const add = (route: Route): void => {
    const operation = `${route.method} ${route.path}`;
    app.route({
      method: route.method,
      url: route.path === '/' ? '/' : route.path.replace(/\{(\w+)\}/g, ':$1'),
      handler: async (request, reply) => {
        requests.count(operation);
        const [spelled = ''] = request.url.split('?', 1);
        const path = spelled.replace(/\/{2,}/g, '/').slice(base.length);
        const struck = faults.strike({ method: route.method, path, template: route.path });
        const params = request.params as Record<string, string>;
        const outcome = await perform(
          route,
          { params, query: queryOf(request), body: request.body },
          ledger,
          struck,
          closing,
        );
        return deliver(outcome, request, reply);
      },
    });
  };
  for (const route of routes) add(route);
}

/** The HTTP front of a devnet: Blockfrost's API under `/api/v0`, Koios's under `/api/v1`, its own under `/devnet`. */
export function createServer(options: ServerOptions): FastifyInstance {
  const closing = new AbortController();
  // Every waiting request adds a listener.
  setMaxListeners(0, closing.signal);
  const app = fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    // Hanging requests must not delay the end of a test.
    forceCloseConnections: true,
    // Several slashes count as one, as at Blockfrost: Blaze writes two behind its base URL.
    routerOptions: { maxParamLength: 300, ignoreTrailingSlash: true, ignoreDuplicateSlashes: true },
  });
  app.removeContentTypeParser('text/plain');
  app.addContentTypeParser('application/cbor', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );
  app.addHook('preClose', (done) => {
    closing.abort();
    done();
  });
  app.setNotFoundHandler((request, reply) => {
    if (request.url.startsWith(BLOCKFROST)) options.requests.count(UNKNOWN_OPERATION);
    return reply.code(400).send(failure(400, 'Invalid path. Please check https://docs.blockfrost.io/').body);
  });
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const status = error.statusCode ?? 500;
    return reply.code(status).send(failure(status, error.message).body);
  });
  for (const [base, routes] of [
    [BLOCKFROST, ROUTES],
    [KOIOS, KOIOS_ROUTES],
  ] as const) {
    app.register(async (api) => apiRoutes(api, options, { base, routes }, closing.signal), { prefix: base });
  }
  app.register(async (control) => controlRoutes(control, options), { prefix: CONTROL });
  return app;
}
