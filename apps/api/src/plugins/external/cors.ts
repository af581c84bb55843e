import cors from '@fastify/cors';
import fp from 'fastify-plugin';

/** Headers that a page of another origin may read. */
const EXPOSED_HEADERS = [
  'location',
  'preference-applied',
  'ratelimit-limit',
  'ratelimit-remaining',
  'ratelimit-reset',
  'retry-after',
  'x-request-id',
];

/** Lets pages of the configured origins call from a browser. */
export const corsPlugin = fp<{ readonly origins: readonly string[] }>(
  async (app, { origins }) => {
    if (origins.length === 0) return;
    await app.register(cors, {
      origin: origins.includes('*') ? '*' : [...origins],
      methods: ['GET', 'POST'],
      exposedHeaders: EXPOSED_HEADERS,
    });
  },
  { name: 'cors' },
);
