import { decodePaymentResponseHeader } from '@x402/core/http';
import { isOpen } from '../facilitator/index.js';

/** An HTTP answer, whole. */
export type RecordedAnswer = {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
};

/** What the payment behind an answer came to, by its headers. */
export type PaymentResult =
  | { readonly kind: 'settled' }
  /** Not known yet: the same payment goes on. */
  | { readonly kind: 'open'; readonly reason: string; readonly transaction: string }
  | { readonly kind: 'refused'; readonly reason: string }
  /** The answer says nothing about a payment. */
  | { readonly kind: 'none' };

const RETRY_AFTER_SECONDS = '5';

export function headerOf({ headers }: RecordedAnswer, name: string): string | undefined {
  return headers.find(([each]) => each.toLowerCase() === name)?.[1];
}

/** Reads `PAYMENT-RESPONSE`. */
export function paymentResultOf(answer: RecordedAnswer): PaymentResult {
  const header = headerOf(answer, 'payment-response');
  if (header === undefined) return { kind: 'none' };
  const { success, errorReason = 'settlement_failed', transaction } = decodePaymentResponseHeader(header);
  if (success) return { kind: 'settled' };
  return isOpen({ errorReason })
    ? { kind: 'open', reason: errorReason, transaction }
    : { kind: 'refused', reason: errorReason };
}

/** Tells the buyer of a payment that is still on its way to come back with it, in the header and in words. */
export function tellToComeBack(
  answer: RecordedAnswer,
  { reason, transaction }: Extract<PaymentResult, { kind: 'open' }>,
): RecordedAnswer {
  const headers = answer.headers.filter(([name]) => name.toLowerCase() !== 'retry-after');
  const told = { ...answer, headers: [...headers, ['retry-after', RETRY_AFTER_SECONDS] as const] };
  // The middleware says nothing. A seller's own words stay.
  if (Buffer.from(answer.body).toString().trim() !== '{}') return told;
  return jsonAnswer(
    answer.status,
    {
      error: reason,
      message:
        'The payment is on its way but not deep enough yet. Do not pay again: repeat the request with the same PAYMENT-SIGNATURE header in a moment',
      ...(transaction === '' ? {} : { transaction }),
    },
    told.headers,
  );
}

export function jsonAnswer(
  status: number,
  body: Readonly<Record<string, unknown>>,
  headers: RecordedAnswer['headers'] = [],
): RecordedAnswer {
  const others = headers.filter(([name]) => !/^content-(?:type|length)$|^etag$/i.test(name));
  return {
    status,
    headers: [...others, ['content-type', 'application/json; charset=utf-8']],
    body: Buffer.from(JSON.stringify(body)),
  };
}

/** Headers of one connection, and the length, which is that of the body that is sent. */
const OF_ITS_CONNECTION = /^(?:connection|keep-alive|transfer-encoding|content-length|date)$/i;

/** The headers of an answer that belong to it wherever it is sent again. */
export function lastingHeaders(
  headers: Iterable<readonly [string, string | number | readonly string[] | undefined]>,
): RecordedAnswer['headers'] {
  return Array.from(headers).flatMap(([name, value]) =>
    value === undefined || OF_ITS_CONNECTION.test(name)
      ? []
      : Array.isArray(value)
        ? value.map((each) => [name, String(each)] as const)
        : [[name, String(value)] as const],
  );
}
