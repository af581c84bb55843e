/** A payment request of the right shape with an invalid transaction. */
export function paymentRequest(change: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const requirements = {
    scheme: 'exact',
    network: 'cardano:preview',
    asset: 'lovelace',
    amount: '2000000',
    payTo: 'addr_test1vqg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygxrcya6',
    maxTimeoutSeconds: 300,
    extra: {},
  };
  return {
    x402Version: 2,
    paymentPayload: {
      x402Version: 2,
      accepted: requirements,
      payload: { transaction: 'AAAA', nonce: `${'ab'.repeat(32)}#0` },
      resource: { url: 'https://shop.example/data' },
    },
    paymentRequirements: requirements,
    ...change,
  };
}

export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
};

/** Sends a request and reads its JSON answer, `{}` for none. */
export async function send(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? {} : JSON.parse(text),
  };
}

export function post(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return send(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
  });
}
