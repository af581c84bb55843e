import { describeIssues } from '@x402-facilitator/cardano';
import type { z } from 'zod';
import { type Asking, ChainProviderError } from '../provider/index.js';
import type { HttpClient } from './http-client.js';
import { outcomeOf } from './outcome.js';
import { safeLine } from './safe-line.js';
import { errorSchema } from './schemas.js';

/**
 * Reads one resource.
 *
 * @returns `undefined` when the provider answered 404.
 * @throws ChainProviderError for any other status, and for a body that is not of the documented shape.
 */
export type JsonReader = <Schema extends z.ZodType>(
  operation: string,
  path: string,
  schema: Schema,
  /** Makes it a POST of this as JSON. */
  json?: unknown,
) => Promise<z.output<Schema> | undefined>;

/** Makes the function that every read of a provider goes through, by who asks. */
export function createJsonReader(
  client: HttpClient,
  options: {
    readonly asking: Asking;
    readonly provider: string;
    readonly secret: string | undefined;
    readonly timeoutMs: number;
  },
): JsonReader {
  const { asking, provider, secret, timeoutMs } = options;
  return async (operation, path, schema, json) => {
    let parsed: z.ZodSafeParseResult<z.output<typeof schema>> | undefined;
    const isExpected = (body: unknown) => {
      parsed = schema.safeParse(body);
      return parsed.success;
    };
    const answer = await client.call({
      asking,
      operation,
      path,
      timeoutMs,
      isExpected,
      ...(json === undefined ? {} : { body: { type: 'application/json', json } }),
    });
    const fail = (what: string): ChainProviderError =>
      new ChainProviderError(`${provider} ${operation}: ${what}`, {
        provider,
        operation,
        status: answer.status,
        outcome: outcomeOf(answer, () => parsed?.success ?? false),
        retryAfterMs: answer.retryAfterMs,
      });
    if (answer.status === 404) return undefined;
    if (answer.status < 200 || answer.status >= 300) {
      const error = errorSchema.safeParse(answer.body);
      const message = safeLine(error.success ? error.data.message : answer.text, secret);
      throw fail(`HTTP ${answer.status}${message === '' ? '' : `: ${message}`}`);
    }
    if (parsed?.success) return parsed.data;
    const [issue] = parsed === undefined ? [] : describeIssues(parsed.error);
    const where = issue === undefined ? '' : `: ${issue.path || 'body'}: ${issue.message}`;
    throw fail(`the answer is not of the documented shape${where}`);
  };
}
