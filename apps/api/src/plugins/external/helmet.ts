import helmet from '@fastify/helmet';
import fp from 'fastify-plugin';

/** Security headers for an API: nothing of it is meant to be framed, sniffed or run as a page. */
export const helmetPlugin = fp(
  async (app) => {
    await app.register(helmet, {
      contentSecurityPolicy: { directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
      crossOriginResourcePolicy: { policy: 'cross-origin' },
    });
  },
  { name: 'helmet' },
);
