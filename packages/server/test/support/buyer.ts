import { decodePaymentRequiredHeader, encodePaymentSignatureHeader } from '@x402/core/http';
import type { PaymentPayload } from '@x402/core/types';
import { fundPayer, type Stack } from '@x402-facilitator/tools/stack';
import { txHashOf } from '../../src/payment/index.js';

export type Paid = {
  readonly txHash: string;
  readonly payload: PaymentPayload;
  /** The header as the buyer writes it. */
  readonly header: string;
};

/** Signs what a 402 asks for, and sends nothing yet. The extensions go back as x402 v2 tells a client. */
export async function signFor(
  stack: Stack,
  url: string,
  change: (payload: PaymentPayload) => PaymentPayload = (payload) => payload,
  wallet?: Awaited<ReturnType<typeof fundPayer>>['wallet'],
): Promise<Paid> {
  const unpaid = await fetch(url);
  const required = decodePaymentRequiredHeader(unpaid.headers.get('PAYMENT-REQUIRED') ?? '');
  await unpaid.body?.cancel();
  const [accepted] = required.accepts;
  if (accepted === undefined) throw new Error(`the 402 of ${url} accepts nothing`);
  const signed = await (wallet ?? (await fundPayer(stack)).wallet).sign(accepted);
  const payload = change({
    x402Version: 2,
    resource: required.resource,
    accepted,
    payload: { transaction: signed.transactionBase64, nonce: signed.nonce },
    ...(required.extensions === undefined ? {} : { extensions: required.extensions }),
  });
  return { txHash: txHashOf(payload) ?? '', payload, header: encodePaymentSignatureHeader(payload) };
}

/** What anyone who reads the chain and the shop's 402 can write: all but what is private to the buyer. */
export const asStranger = ({ payload: { extensions: _, ...rest } }: Paid) =>
  encodePaymentSignatureHeader(rest);

export async function show(url: string, header: string) {
  const response = await fetch(url, { headers: { 'payment-signature': header }, redirect: 'manual' });
  return {
    status: response.status,
    headers: response.headers,
    body: Buffer.from(await response.arrayBuffer()),
  };
}
