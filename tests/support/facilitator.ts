import type { PaymentRequirements } from '@x402/core/types';
import type { FundedPayer, Stack } from '@x402-facilitator/tools/stack';

/** The body of `/verify` and `/settle`, as `@x402/core` sends it. */
export type PaymentRequest = {
  readonly x402Version: 2;
  readonly paymentPayload: {
    readonly x402Version: 2;
    readonly resource: { readonly url: string };
    readonly accepted: PaymentRequirements;
    readonly payload: { readonly transaction: string; readonly nonce: string };
    readonly extensions?: Record<string, unknown> | undefined;
  };
  readonly paymentRequirements: PaymentRequirements;
};

export type Order = {
  readonly amount?: string;
  readonly asset?: string;
  /** `l1Confirmations`. */
  readonly confirmations?: number;
  readonly resource?: string;
  /** 600 by default. */
  readonly maxTimeoutSeconds?: number;
};

export function requirementsOf(stack: Stack, order: Order = {}): PaymentRequirements {
  return {
    scheme: 'exact',
    network: stack.network,
    asset: order.asset ?? 'lovelace',
    amount: order.amount ?? '2000000',
    payTo: stack.payTo,
    maxTimeoutSeconds: order.maxTimeoutSeconds ?? 600,
    extra: { confirmationPolicy: { l1Confirmations: order.confirmations ?? 1 } },
  };
}

/** A payment signed by `payer`, ready for the facilitator. */
export async function signPayment(
  stack: Stack,
  payer: FundedPayer,
  order: Order = {},
): Promise<{ readonly transaction: string; readonly request: PaymentRequest }> {
  const requirements = requirementsOf(stack, order);
  const payment = await payer.wallet.sign(requirements);
  return {
    transaction: payment.transactionId,
    request: {
      x402Version: 2,
      paymentPayload: {
        x402Version: 2,
        resource: { url: order.resource ?? 'https://seller.example/thing' },
        accepted: requirements,
        payload: { transaction: payment.transactionBase64, nonce: payment.nonce },
      },
      paymentRequirements: requirements,
    },
  };
}

export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
};

export async function post(
  url: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return answerOf(
    await fetch(url, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    }),
  );
}

export async function get(url: string): Promise<Answer> {
  return answerOf(await fetch(url));
}

async function answerOf(response: Response): Promise<Answer> {
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}
