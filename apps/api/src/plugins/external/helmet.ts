import helmet from '@fastify/helmet';
import fp from 'fastify-plugin';

/** Security headers for an API: its answers must not be framed, sniffed or run as pages. */
export const helmetPlugin = fp(
  async (app) => {
    await app.register(helmet, {
      contentSecurityPolicy: {
        // Helmet's defaults are for pages and would allow scripts and styles.
        useDefaults: false,
        directives: {
          defaultSrc: ["'none'"],
          baseUri: ["'none'"],
          formAction: ["'none'"],
          frameAncestors: ["'none'"],
        },
      },
      crossOriginResourcePolicy: { policy: 'cross-origin' },
    });
  },
  { name: 'helmet' },
);
