import { describeIssues } from '@x402-facilitator/cardano';
import fp from 'fastify-plugin';
import { serializerCompiler } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { HttpProblem } from './http-problem.js';

/** Mistakes reported per request. */
const MAX_MISTAKES = 5;

/** Validates requests by their zod schemas, and reports every mistake as `<path>: <what>`. */
export const zodValidationPlugin = fp(
  async (app) => {
    app.setSerializerCompiler(serializerCompiler);
    app.setValidatorCompiler<z.ZodType>(({ schema, httpPart }) => (data) => {
      const parsed = schema.safeParse(data);
      if (parsed.success) return { value: parsed.data };
      const mistakes = describeIssues(parsed.error)
        .slice(0, MAX_MISTAKES)
        .map(({ path, message }) => `${path || (httpPart ?? 'request')}: ${message}`);
      return { error: new HttpProblem(400, 'invalid_request', mistakes.join('; ')) };
    });
  },
  { name: 'zod-validation' },
);
