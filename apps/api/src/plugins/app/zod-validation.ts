import { describeIssues } from '@x402-facilitator/cardano';
import fp from 'fastify-plugin';
import type { z } from 'zod';
import { HttpProblem } from './http-problem.js';

/** Mistakes reported per request. */
const MAX_MISTAKES = 5;

/** Validates requests by their zod schemas, and reports every mistake as `<path>: <what>`. Answers become JSON as they are. */
export const zodValidationPlugin = fp(
  async (app) => {
    // The compiler holds every answer to its schema. zod would check it and copy it once more.
    app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
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
