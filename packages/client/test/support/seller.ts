import { encodePaymentRequiredHeader, encodePaymentResponseHeader } from '@x402/core/http';
import type { PaymentPayload, PaymentRequirements, SettleResponse } from '@x402/core/types';
import { newAddress, priceOf } from './chain.js';
import { serve } from './hostile-shop.js';

export type Said = {
  readonly status: number;
  /** Goes into PAYMENT-RESPONSE. */
  readonly receipt?: SettleResponse;
  /** Goes into PAYMENT-REQUIRED of a 402. */
  readonly error?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
};

/** A seller that asks for 2 ADA, and answers each payment as the test says. */
export async function sellerOf(
  answer: (transactionBase64: string, payload: PaymentPayload) => Said | 'cut' | Promise<Said | 'cut'>,
  change: Partial<PaymentRequirements> = {},
  extensions: Record<string, unknown> = {},
) {
  const shown: string[] = [];
  const payloads: PaymentPayload[] = [];
  const payTo = newAddress();
  const price: PaymentRequirements = priceOf(payTo, change);
  const url = await serve(async (request, response) => {
    const payment = request.headers['payment-signature'];
    const resource = { url: `http://${request.headers.host}${request.url}` };
    const required = (error: string) =>
      encodePaymentRequiredHeader({ x402Version: 2, error, resource, accepts: [price], extensions });
    if (typeof payment !== 'string') {
      response.setHeader('payment-required', required('Payment required'));
      response.writeHead(402).end('{}');
      return;
    }
    shown.push(payment);
    const payload = JSON.parse(Buffer.from(payment, 'base64').toString()) as PaymentPayload;
    payloads.push(payload);
    const said = await answer(String(payload.payload.transaction), payload);
    if (said === 'cut') {
      request.socket.destroy();
      return;
    }
    if (said.receipt !== undefined)
      response.setHeader('payment-response', encodePaymentResponseHeader(said.receipt));
    if (said.error !== undefined) response.setHeader('payment-required', required(said.error));
    for (const [name, value] of Object.entries(said.headers ?? {})) response.setHeader(name, value);
    response.writeHead(said.status).end(said.body ?? (said.status === 200 ? '{"ok":true}' : '{}'));
  });
  return { url: `${url}/report`, price, payTo, shown, payloads };
}
