import { setTimeout as sleep } from 'node:timers/promises';
// Not Node's own: in Node 20 it stops listening to the signal when garbage is collected while the body is read.
import { fetch, type Response } from 'undici';

/** Where a facilitator is, and what it wants to see. */
export type FacilitatorAddress = {
  /** Base URL of any x402 v2 facilitator that serves `exact` on Cardano. */
  readonly url: string;
  /** Sent as a bearer token. */
  readonly apiKey?: string | undefined;
};

/** What became of one HTTP request. */
export type Reply =
  /** The whole answer, and it is JSON. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body: unknown;
      readonly retryAfterMs?: number;
    }
  /** The facilitator never got it. */
  | { readonly kind: 'not-sent'; readonly why: string }
  /** The facilitator may have got it, and acted on it. */
  | { readonly kind: 'lost'; readonly why: string; readonly retryAfterMs?: number };

const MAX_ANSWER_BYTES = 1_048_576;
const MAX_RETRY_AFTER_MS = 60_000;

/** Before a connection stood. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Makes one request. Never throws for what the network or the facilitator does. Follows no redirect. */
export async function send(
  { url, apiKey }: FacilitatorAddress,
  path: string,
  {
    body,
    headers = {},
    timeoutMs,
  }: {
    /** Absent: a GET. */
    readonly body?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly timeoutMs: number;
  },
): Promise<Reply> {
  try {
    const response = await fetch(url.replace(/\/+$/, '') + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const retryAfterMs = readRetryAfter(response.headers.get('retry-after'));
    const later = retryAfterMs === undefined ? {} : { retryAfterMs };
    const text = await readText(response);
    const parsed = parseJson(text);
    return parsed.ok
      ? { kind: 'answer', status: response.status, body: parsed.value, ...later }
      : { kind: 'lost', why: `${response.status} with a body that is not JSON`, ...later };
  } catch (error) {
    const code = codeOf(error);
    const why = code ?? (error instanceof Error ? error.message : String(error));
    return { kind: code !== undefined && NOT_SENT.has(code) ? 'not-sent' : 'lost', why };
  }
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`an answer of more than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parseJson(text: string): { readonly ok: true; readonly value: unknown } | { readonly ok: false } {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false };
  }
}

/** Seconds, or a date. */
function readRetryAfter(value: string | null): number | undefined {
  if (value === null) return undefined;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
}

/** The system's or the HTTP client's code of a failure, wherever in the chain of causes it is. */
function codeOf(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string') return cause.code;
    const [first]: unknown[] = cause instanceof AggregateError ? cause.errors : [];
    if (first !== undefined) return codeOf(first);
    if (cause.name === 'TimeoutError') return 'TIMEOUT';
  }
  return undefined;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Waits as long as the facilitator said, or longer with each attempt.
 *
 * @returns false, at once, when no time would be left to ask again.
 */
export async function pauseBefore(
  attempt: number,
  retryAfterMs: number | undefined,
  endMs: number,
): Promise<boolean> {
  const pauseMs = retryAfterMs ?? Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS);
  if (Date.now() + pauseMs >= endMs) return false;
  await sleep(pauseMs);
  return Date.now() < endMs;
}
