import { parseJsonBody } from '@x402-facilitator/shared/wire';
import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { HttpProblem } from './http-problem.js';

/** Accepts only JSON bodies, and parses them as untrusted. */
export const jsonBodyPlugin = fp(
  async (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser(
      'application/json',
      { parseAs: 'buffer' },
      async (_request: FastifyRequest, bytes: Buffer) => {
        const parsed = parseJsonBody(bytes);
        if (parsed.ok) return parsed.value;
        throw new HttpProblem(400, 'invalid_request', parsed.error);
      },
    );
  },
  { name: 'json-body' },
);
