import { err, ok, parseTxHash, type Result, type TxHash } from '@x402-facilitator/cardano/ledger';
import type { z } from 'zod';
import { printable } from '../printable.js';
import { readTextAtMost } from '../read-at-most.js';
import { within } from '../within.js';
import { ChainUnreachableError } from './chain-reader.js';

const TIMEOUT_MS = 15_000;
/** A page of a hundred outputs full of tokens takes about 1 MB. */
const MAX_ANSWER_BYTES = 8 * 1_048_576;

/** Where a provider of chain data is, and how it is asked. */
export type ProviderOptions = {
  /** Default: the public instance of the network. */
  readonly url?: string | undefined;
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** How long one answer may take, in milliseconds. Default: 15 seconds. */
  readonly timeoutMs?: number | undefined;
};

export type JsonReader = <Schema extends z.ZodType>(
  path: string,
  schema: Schema,
  /** Posted as JSON where given. */
  body?: unknown,
) => Promise<z.output<Schema> | undefined>;

/** Sends a signed transaction. An error is what the node says of it. */
export type Submitter = (path: string, transaction: Uint8Array) => Promise<Result<TxHash, string>>;

const failureOf = (path: string) => (what: string, cause?: unknown) =>
  new ChainUnreachableError(`the chain's provider, ${path}: ${what}`, { cause });

/** Asks a provider, for a bounded time and for an answer of a bounded size. */
function createAsker(baseUrl: string, { fetch = globalThis.fetch, timeoutMs = TIMEOUT_MS }: ProviderOptions) {
  const base = baseUrl.replace(/\/+$/, '');
  return async (path: string, request: RequestInit) => {
    try {
      return await within(timeoutMs, async (signal) => {
        // The key of the provider goes to no other address.
        const response = await fetch(`${base}${path}`, { ...request, redirect: 'error', signal });
        return { status: response.status, text: await readTextAtMost(response, MAX_ANSWER_BYTES, signal) };
      });
    } catch (error) {
      throw failureOf(path)('no answer', error);
    }
  };
}

/** How a provider takes transactions. */
export function createSubmitter(
  baseUrl: string,
  options: ProviderOptions,
  headers: Readonly<Record<string, string>>,
): Submitter {
  const ask = createAsker(baseUrl, options);
  return async (path, transaction) => {
    const fail = failureOf(path);
    const { status, text } = await ask(path, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/cbor' },
      body: transaction.slice(),
    });
    if (status === 400) return err(printable(text));
    if (status !== 200 && status !== 202) throw fail(`HTTP ${status} ${printable(text)}`);
    const hash = parseTxHash(text.trim().replaceAll('"', ''));
    if (hash === undefined) throw fail('an answer of another form');
    return ok(hash);
  };
}

/** Reads JSON from a provider. A 404 is `undefined`; everything else that is not an answer throws. */
export function createJsonReader(
  baseUrl: string,
  options: ProviderOptions,
  headers: Readonly<Record<string, string>>,
): JsonReader {
  const ask = createAsker(baseUrl, options);
  return async (path, schema, body) => {
    const fail = failureOf(path);
    const { status, text } = await ask(
      path,
      body === undefined
        ? { headers }
        : {
            method: 'POST',
            headers: { ...headers, 'content-type': 'application/json' },
            body: JSON.stringify(body),
          },
    );
    if (status === 404) return undefined;
    if (status !== 200) throw fail(`HTTP ${status} ${printable(text)}`);
    const parsed = schema.safeParse(parse(text));
    if (!parsed.success) throw fail('an answer of another form', parsed.error);
    return parsed.data;
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
