import type { Network } from '@x402-facilitator/cardano';
import { Agent, type Dispatcher, errors, request } from 'undici';
import {
  type Asking,
  ChainProviderError,
  type Clock,
  type ProviderCallOutcome,
  parseJson,
} from '../provider/index.js';
import type { Credential } from './credential.js';
import { outcomeOf } from './outcome.js';
import { safeLine } from './safe-line.js';

/** One HTTP call to a provider, reported after it ended. */
export type ProviderCall = {
  readonly provider: string;
  readonly operation: string;
  readonly outcome: ProviderCallOutcome;
  readonly durationMs: number;
};

/**
 * Lets one call through, or throws.
 *
 * @throws ChainProviderError with the outcome `budget_exhausted` or `reserved`.
 */
export type Admission = (operation: string, asking: Asking) => Promise<void>;

/** What every provider behind HTTP can be told, apart from its own credential. */
export type HttpProviderOptions = {
  readonly network: Network;
  /** Base URL; the service's own instance of the network when unset. */
  readonly url?: string | undefined;
  /** Names the provider in errors, logs and metrics. */
  readonly name?: string | undefined;
  /** Time limit of each HTTP call of a read, everything included. */
  readonly timeoutMs?: number | undefined;
  /** Time limit of a submission. It is longer, because after giving up the outcome is unknown. */
  readonly submitTimeoutMs?: number | undefined;
  /** Replaces the provider's own connection pool. */
  readonly dispatcher?: Dispatcher | undefined;
  readonly clock?: Clock | undefined;
  /** Called once per HTTP call, after it ended. */
  readonly onCall?: ((call: ProviderCall) => void) | undefined;
  /** Asked before each HTTP call whether the budget has room for it. */
  readonly admit?: Admission | undefined;
};

export type HttpClientOptions = Pick<HttpProviderOptions, 'dispatcher' | 'onCall' | 'admit'> & {
  readonly provider: string;
  /** Base URL without a trailing slash. */
  readonly baseUrl: string;
  readonly credential: Credential | undefined;
  readonly clock: Clock;
};

export type HttpCall = {
  readonly asking: Asking;
  readonly operation: string;
  /** Path below the base URL, with its query. */
  readonly path: string;
  readonly timeoutMs: number;
  /** Makes the call a POST. */
  readonly body?:
    | { readonly type: 'application/cbor'; readonly bytes: Uint8Array }
    | { readonly type: 'application/json'; readonly json: unknown };
  /** Whether the body of a 2xx answer is what was asked for. It decides only what is reported. */
  readonly isExpected?: (body: unknown) => boolean;
};

/** An HTTP answer of any status. `body` is `text` parsed as JSON. */
export type HttpAnswer = {
  readonly status: number;
  readonly text: string;
  readonly body: unknown;
  readonly retryAfterMs: number | undefined;
};

export type HttpClient = {
  /**
   * Makes one call and returns its answer, whatever the status. The time-out covers everything: waiting for a free
   * connection, connecting, headers and body.
   *
   * @throws ChainProviderError when there is no complete answer.
   */
  call(call: HttpCall): Promise<HttpAnswer>;
  close(): Promise<void>;
};

/** Far more than any documented answer has. */
const MAX_RESPONSE_BYTES = 16 * 1024 * 1024;
const MAX_CONNECTIONS = 32;
const KEEP_ALIVE_MS = 20_000;
const CONNECT_TIMEOUT_MS = 5_000;
const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1000;

/** Creates the HTTP client of one provider. It has its own keep-alive connections unless a dispatcher is given. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { provider, credential, clock, onCall } = options;
  const ownAgent =
    options.dispatcher === undefined
      ? new Agent({
          connections: MAX_CONNECTIONS,
          keepAliveTimeout: KEEP_ALIVE_MS,
          maxResponseSize: MAX_RESPONSE_BYTES,
          connect: { timeout: CONNECT_TIMEOUT_MS },
        })
      : undefined;
  const dispatcher = options.dispatcher ?? ownAgent;

  const send = async (call: HttpCall): Promise<HttpAnswer> => {
    const response = await request(options.baseUrl + call.path, {
      ...(dispatcher === undefined ? {} : { dispatcher }),
      method: call.body === undefined ? 'GET' : 'POST',
      headers: {
        accept: 'application/json',
        ...(credential === undefined ? {} : { [credential.header]: credential.value }),
        ...(call.body === undefined ? {} : { 'content-type': call.body.type }),
      },
      ...(call.body === undefined ? {} : { body: bytesOf(call.body) }),
      signal: AbortSignal.timeout(call.timeoutMs),
    });
    const text = await response.body.text();
    return {
      status: response.statusCode,
      text,
      body: parseJson(text),
      retryAfterMs: retryAfterMs(response.headers['retry-after'], clock()),
    };
  };

  const call = async (httpCall: HttpCall): Promise<HttpAnswer> => {
    const { asking, operation, timeoutMs } = httpCall;
    await options.admit?.(operation, asking);
    const startedMs = clock();
    let outcome: ProviderCallOutcome = 'connection_failed';
    try {
      const answer = await send(httpCall);
      outcome = outcomeOf(answer, httpCall.isExpected);
      return answer;
    } catch (error) {
      if (isTimeout(error)) outcome = 'timeout';
      const what =
        outcome === 'timeout'
          ? `no answer within ${timeoutMs} ms`
          : safeLine(error instanceof Error ? error.message : String(error), credential?.secret);
      throw new ChainProviderError(`${provider} ${operation}: ${what}`, {
        provider,
        operation,
        outcome,
        cause: error,
      });
    } finally {
      onCall?.({ provider, operation, outcome, durationMs: clock() - startedMs });
    }
  };

  return {
    call,
    close: async () => {
      await ownAgent?.destroy();
    },
  };
}

function bytesOf(body: NonNullable<HttpCall['body']>): Uint8Array | string {
  return body.type === 'application/cbor' ? body.bytes : JSON.stringify(body.json);
}

function isTimeout(error: unknown): boolean {
  return (
    (error instanceof Error && error.name === 'TimeoutError') ||
    error instanceof errors.ConnectTimeoutError ||
    error instanceof errors.HeadersTimeoutError ||
    error instanceof errors.BodyTimeoutError
  );
}

/** `Retry-After` is seconds or an HTTP date (RFC 9110, 10.2.3). */
function retryAfterMs(header: string | string[] | undefined, nowMs: number): number | undefined {
  if (typeof header !== 'string') return undefined;
  const waitMs = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), MAX_RETRY_AFTER_MS);
}
