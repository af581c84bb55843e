import { decodePaymentRequiredHeader, decodePaymentResponseHeader } from '@x402/core/http';
import type { PaymentRequired, SettleResponse } from '@x402/core/types';
import { readAtMost } from '../read-at-most.js';
import { within } from '../within.js';

/** An answer of a seller. */
export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON, else text. */
  readonly body: unknown;
  /** The body as it came. */
  readonly bytes: Uint8Array;
  /** The decoded PAYMENT-RESPONSE, when the server sent a readable one. */
  readonly receipt: SettleResponse | undefined;
};

/** What an answer to a payment means for it. */
export type Meaning =
  | 'delivered'
  /** The payment is in flight, or the facilitator could not look. */
  | 'pending'
  /** The payment is not valid, says the seller. It may lie. */
  | 'refused'
  /** The seller has decided, and asking again changes nothing. */
  | 'final'
  /** Nothing follows from it. */
  | 'unclear';

const DEFAULT_MAX_BYTES = 64 * 1_048_576;
const NOT_KNOWN_YET = new Set([
  'settlement_pending',
  'settlement_not_replicated',
  'exact_cardano_facilitator_chain_lookup_failed',
  'exact_cardano_facilitator_lookups_reserved',
  'exact_cardano_facilitator_screening_unavailable',
  'exact_cardano_facilitator_sponsorship_unavailable',
]);
const DECIDED = new Set(['duplicate_settlement', 'idempotency_key_reused', 'payment_identifier_reused']);
const WORTH_ANOTHER_TRY = new Set([408, 425, 429]);

/**
 * Asks once and reads the whole answer, within its time. The caller's own signal, in `init`, ends it sooner.
 *
 * @param options.most bytes of its body; more is an error.
 */
export function fetchAnswer(
  fetch: typeof globalThis.fetch,
  url: string,
  init: RequestInit,
  { timeoutMs, most }: { readonly timeoutMs: number; readonly most?: number },
): Promise<Answer> {
  const exchange = async (signal: AbortSignal) =>
    readAnswer(await fetch(url, { ...init, signal }), signal, most);
  return within(timeoutMs, exchange, init.signal);
}

/** @param most bytes of its body; more is an error. */
export async function readAnswer(
  response: Response,
  signal: AbortSignal,
  most = DEFAULT_MAX_BYTES,
): Promise<Answer> {
  const { status, headers } = response;
  const bytes = await readAtMost(response, most, signal);
  return {
    status,
    headers,
    body: parse(new TextDecoder().decode(bytes)),
    bytes,
    receipt: receiptIn(headers),
  };
}

export function meaningOf(answer: Answer): Meaning {
  const { status, receipt } = answer;
  if (status >= 200 && status < 300) return 'delivered';
  if (status >= 500 || WORTH_ANOTHER_TRY.has(status)) return 'unclear';
  if (status !== 402) return 'final';
  const reason = receipt?.success === false ? receipt.errorReason : requiredIn(answer)?.error;
  if (reason === undefined) return 'unclear';
  if (NOT_KNOWN_YET.has(reason)) return 'pending';
  if (DECIDED.has(reason)) return 'final';
  return reason.startsWith('invalid_') ? 'refused' : 'unclear';
}

/** What a 402 asks for; `undefined` where it says nothing that can be read. */
export function requiredIn({ headers }: Pick<Answer, 'headers'>): PaymentRequired | undefined {
  const header = headers.get('PAYMENT-REQUIRED');
  return header === null ? undefined : attempt(() => decodePaymentRequiredHeader(header));
}

/** The pause that a server asks for. */
export function retryAfterMs({ headers }: Pick<Answer, 'headers'>): number | undefined {
  const seconds = headers.get('retry-after');
  return seconds !== null && /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1000 : undefined;
}

function receiptIn(headers: Headers): SettleResponse | undefined {
  const header = headers.get('PAYMENT-RESPONSE');
  return header === null ? undefined : attempt(() => decodePaymentResponseHeader(header));
}

/** A stranger wrote the header, so it may be anything. */
function attempt<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch {
    return undefined;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
