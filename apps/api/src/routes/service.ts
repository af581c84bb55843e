import { createHash } from 'node:crypto';
import type { Network } from '@x402-facilitator/cardano';
import {
  healthResponseSchema,
  readyResponseSchema,
  supportedResponseSchema,
} from '@x402-facilitator/shared/wire';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { SelfCheckReport } from '../self-check/index.js';
import type { ReadHealth } from '../services/health.js';
import type { ReadSupported } from '../services/supported.js';

const probeResponse = z.object({ status: z.string() });

/** What the service is, what it can do, and its health. These routes answer even while every dependency is away. */
export const serviceRoutes: FastifyPluginAsyncZod<{
  readonly version: string;
  readonly networks: readonly Network[];
  readonly readSupported: ReadSupported;
  readonly readHealth: ReadHealth;
  readonly readSelfCheck: () => readonly SelfCheckReport[];
  /** Fires when the process stops. */
  readonly stopping: AbortSignal;
}> = async (app, { version, networks, readSupported, readHealth, readSelfCheck, stopping }) => {
  app.get(
    '/',
    {
      schema: {
        summary: 'Name, version and links',
        tags: ['service'],
        response: {
          200: z.object({
            name: z.string(),
            version: z.string(),
            networks: z.array(z.string()),
            links: z.record(z.string(), z.string()),
          }),
        },
      },
    },
    async () => ({
      name: 'x402-facilitator',
      version,
      networks: [...networks],
      links: {
        supported: '/supported',
        verify: '/verify',
        settle: '/settle',
        status: '/status/{transaction}',
        health: '/health',
        stats: '/stats',
        openapi: '/openapi.json',
        docs: '/docs',
      },
    }),
  );

  app.get(
    '/supported',
    {
      config: { budget: 'none' },
      schema: {
        summary: 'Kinds, extensions and signers',
        tags: ['service'],
        response: { 200: supportedResponseSchema, 304: z.null().describe('not modified') },
      },
    },
    async (request, reply) => {
      const supported = await readSupported();
      const etag = `"${createHash('sha256').update(JSON.stringify(supported)).digest('base64url')}"`;
      reply.header('cache-control', 'public, max-age=300').header('etag', etag);
      if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send(null);
      return supported;
    },
  );

  app.get(
    '/health',
    {
      config: { budget: 'none' },
      schema: {
        summary: 'The health of each dependency, and an overall status',
        tags: ['service'],
        response: { 200: healthResponseSchema, 503: healthResponseSchema },
      },
    },
    async (_request, reply) => {
      const health = await readHealth();
      reply.header('cache-control', 'no-store');
      return reply.code(health.status === 'unhealthy' ? 503 : 200).send(health);
    },
  );

  app.get(
    '/ready',
    {
      config: { budget: 'none' },
      schema: {
        summary: 'Whether it takes traffic: not while it stops, nor while its verifier fails its self-check',
        tags: ['service'],
        response: { 200: readyResponseSchema, 503: readyResponseSchema },
      },
    },
    async (_request, reply) => {
      const reports = readSelfCheck();
      const isPassing = reports.every((report) => report.isPassing);
      const status = stopping.aborted ? 'stopping' : isPassing ? 'ready' : 'failing';
      const selfCheck = reports.map(({ network, isPassing, ageSeconds, message }) => {
        const status = isPassing ? ('passing' as const) : ('failing' as const);
        return [network, { status, ageSeconds, ...(message === undefined ? {} : { message }) }] as const;
      });
      reply.header('cache-control', 'no-store');
      return reply
        .code(status === 'ready' ? 200 : 503)
        .send({ status, selfCheck: Object.fromEntries(selfCheck) });
    },
  );

  app.get(
    '/live',
    {
      config: { budget: 'none' },
      schema: { summary: 'Alive', tags: ['service'], response: { 200: probeResponse } },
    },
    async () => ({ status: 'alive' }),
  );

  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
};

function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = ifNoneMatch?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
  return tags.includes(etag) || tags.includes('*');
}
