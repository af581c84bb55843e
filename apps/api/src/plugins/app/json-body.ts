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
      (_request: FastifyRequest, bytes: Buffer, done) => {
        const parsed = parseJsonBody(bytes);
        if (parsed.ok) done(null, parsed.value);
        else done(new HttpProblem(400, 'invalid_request', parsed.error));
      },
    );
  },
  { name: 'json-body' },
);
