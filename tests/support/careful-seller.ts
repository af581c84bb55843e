import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodePaymentRequiredHeader, encodePaymentResponseHeader } from '@x402/core/http';
import type { PaymentPayload, PaymentRequirements, SettleResponse } from '@x402/core/types';

export type CarefulSeller = {
  readonly url: string;
  /** Every resource that was made, by the payment that bought it. */
  readonly made: ReadonlyMap<string, string>;
  close(): Promise<void>;
};

type Answer = { readonly status: number; readonly headers: Record<string, string>; readonly body: string };

const RETRY_MS = 50;
const TRIES = 200;

/**
 * A seller that keeps its word: it makes a resource once for each payment, asks the facilitator again while the outcome is
 * unknown, with one `Idempotency-Key` for each payment, and gives the same answer to the same payment.
 */
export async function startCarefulSeller(options: {
  readonly facilitatorUrl: string;
  readonly price: PaymentRequirements;
}): Promise<CarefulSeller> {
  const { facilitatorUrl, price } = options;
  const made = new Map<string, string>();
  const answers = new Map<string, Promise<Answer>>();
  const ask = async (path: string, body: unknown, key: string): Promise<Record<string, unknown>> => {
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const response = await fetch(`${facilitatorUrl}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify(body),
      }).catch(() => undefined);
      const text = await response?.text().catch(() => undefined);
      if (response?.status === 200 && text !== undefined) return JSON.parse(text) as Record<string, unknown>;
      await sleep(RETRY_MS);
    }
    throw new Error(`no answer of ${path}`);
  };
  const sell = async (header: string, url: string): Promise<Answer> => {
    const paymentPayload = JSON.parse(Buffer.from(header, 'base64').toString()) as PaymentPayload;
    const key = createHash('sha256').update(header).digest('hex');
    const body = { x402Version: 2, paymentPayload, paymentRequirements: price };
    const verdict = await ask('/verify', body, key);
    if (verdict.isValid !== true) return asking(url, String(verdict.invalidReason));
    made.set(key, url);
    const settled = (await ask('/settle', body, key)) as unknown as SettleResponse;
    const headers = { 'payment-response': encodePaymentResponseHeader(settled) };
    return settled.success
      ? { status: 200, headers, body: JSON.stringify({ resource: url, transaction: settled.transaction }) }
      : { status: 402, headers, body: '{}' };
  };
  const asking = (url: string, error: string): Answer => ({
    status: 402,
    headers: {
      'payment-required': encodePaymentRequiredHeader({
        x402Version: 2,
        error,
        resource: { url },
        accepts: [price],
        extensions: { 'payment-identifier': { info: { required: false } } },
      }),
    },
    body: '{}',
  });
  const server = createServer({ maxHeaderSize: 65_536 }, async (request, response) => {
    const url = `http://seller.example${request.url}`;
    const header = request.headers['payment-signature'];
    let answer = asking(url, 'Payment required');
    if (typeof header === 'string') {
      const known = answers.get(header) ?? sell(header, url);
      answers.set(header, known);
      answer = await known.catch((): Answer => {
        answers.delete(header);
        return { status: 503, headers: { 'retry-after': '0' }, body: '{}' };
      });
    }
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    made,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
