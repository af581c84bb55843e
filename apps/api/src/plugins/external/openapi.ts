import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import fp from 'fastify-plugin';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { webhookDescriptions } from './openapi-webhooks.js';

/** Swagger UI needs inline styles; its scripts are files of its own. */
const CONTENT_SECURITY_POLICY = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'", "'unsafe-inline'"],
  'img-src': ["'self'", 'data:'],
  'font-src': ["'self'", 'data:'],
  'connect-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
};

/** Hides the bar that selects a document: there is only one. */
const THEME = '.swagger-ui .topbar { display: none; }';

/** The OpenAPI document, made from the routes' own schemas, and a page to try it. Register before the routes. */
export const openapiPlugin = fp<{
  readonly version: string;
  /** Their names. */
  readonly schemes: readonly string[];
  readonly needsKey: boolean;
}>(
  async (app, { version, schemes, needsKey }) => {
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'x402 facilitator for Cardano',
          description: `Verifies and settles x402 v2 payments on Cardano, scheme ${schemes.map((name) => `\`${name}\``).join(', ')}. A refused payment is a 200 with the verdict in the body; HTTP errors are for HTTP problems.`,
          version,
          license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
        },
        tags: [
          { name: 'payments', description: 'verify, settle, follow' },
          { name: 'discovery', description: 'what is sold through this facilitator; off unless configured' },
          { name: 'service', description: 'what it can do and how it is' },
          { name: 'webhooks', description: 'what is sent to the endpoint of a key; off unless configured' },
        ],
        webhooks: webhookDescriptions,
        components: {
          securitySchemes: {
            bearer: { type: 'http', scheme: 'bearer' },
            header: { type: 'apiKey', in: 'header', name: 'x-api-key' },
          },
        },
        ...(needsKey ? { security: [{ bearer: [] }, { header: [] }] } : {}),
      },
      transform: jsonSchemaTransform,
      transformObject: jsonSchemaTransformObject,
    });
    await app.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: CONTENT_SECURITY_POLICY,
      theme: { title: 'x402 facilitator: API', css: [{ filename: 'theme.css', content: THEME }] },
      uiConfig: { deepLinking: true, tryItOutEnabled: true },
    });
  },
  { name: 'openapi' },
);
