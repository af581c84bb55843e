import { createHash } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { err, ok, type Result } from '@x402-facilitator/cardano';
import type { Parties } from '@x402-facilitator/shared/screening';
import type { ScreeningMetrics } from '@x402-facilitator/shared/telemetry';
import { LRUCache } from 'lru-cache';
// Not Node's own: in Node 20 it stops listening to the signal when garbage is collected while the body is read.
import { fetch, type Response } from 'undici';
import { z } from 'zod';

/** A silent service holds no more of this replica than this. */
const MAX_OPEN = 64;
const MAX_ANSWER_BYTES = 65_536;
/** Of answers that are kept, each of a few hundred bytes. */
const MAX_CACHED = 10_000;

/** What a service answers; what else it says is its own. */
const answerSchema = z.object({ denied: z.boolean() });

/** Somebody else's knowledge of whom not to serve. */
export type ScreeningService = {
  /** @returns why it has no answer, where it has none. */
  isDenied(parties: Parties): Promise<Result<boolean, string>>;
};

/** Asks a service over HTTP, and believes its answer for a while. What is asked at the same time is asked once. */
export function createScreeningService(options: {
  readonly url: string;
  /** The whole header. */
  readonly authorization?: string | undefined;
  readonly timeoutMs: number;
  readonly cacheSeconds: number;
  readonly metrics: Pick<ScreeningMetrics, 'answered'>;
}): ScreeningService {
  const { url, authorization, timeoutMs, cacheSeconds, metrics } = options;
  const answers =
    cacheSeconds === 0
      ? undefined
      : new LRUCache<string, boolean>({ max: MAX_CACHED, ttl: cacheSeconds * 1_000 });
  const open = new Map<string, Promise<Result<boolean, string>>>();

  const ask = async (question: string): Promise<boolean> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(authorization === undefined ? {} : { authorization }),
      },
      body: question,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`expected status 200, found ${response.status}`);
    }
    return answerSchema.parse(JSON.parse(await readText(response))).denied;
  };

  const askOnce = async (key: string, question: string): Promise<Result<boolean, string>> => {
    const startedMs = performance.now();
    const ended = (answer: Parameters<typeof metrics.answered>[0]) =>
      metrics.answered(answer, (performance.now() - startedMs) / 1_000);
    try {
      const isDenied = await ask(question);
      answers?.set(key, isDenied);
      ended(isDenied ? 'denied' : 'cleared');
      return ok(isDenied);
    } catch (error) {
      ended('failed');
      return err(reasonOf(error));
    } finally {
      open.delete(key);
    }
  };

  return {
    async isDenied({ network, addresses, credentials }) {
      const question = JSON.stringify({ network, addresses, credentials });
      const key = createHash('sha256').update(question).digest('base64');
      const known = answers?.get(key);
      if (known !== undefined) return ok(known);
      const asked = open.get(key);
      if (asked !== undefined) return asked;
      if (open.size >= MAX_OPEN) {
        metrics.answered('busy', 0);
        return err(`${MAX_OPEN} answers are waited for already`);
      }
      const asking = askOnce(key, question);
      open.set(key, asking);
      return asking;
    },
  };
}

/** @throws Error when the answer is larger than any answer. */
async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop cancels the rest.
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) throw new Error(`expected at most ${MAX_ANSWER_BYTES} bytes, found more`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Never what the service said: its words may be about a person. */
function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError || error instanceof SyntaxError)
    return 'expected {"denied": true or false} as JSON, found something else';
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
