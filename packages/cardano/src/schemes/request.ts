/**
 * The body of `/verify` and `/settle` after its shape was checked: an x402 v2 envelope whose Cardano content is still
 * untrusted. Field names are the protocol's own (x402 specification v2, section 5).
 */
export type PaymentRequest = {
  /** The envelope's own word, where it has one. */
  readonly x402Version?: number | undefined;
  readonly paymentPayload: {
    readonly x402Version: number;
    readonly accepted: { readonly scheme: string; readonly network: string };
    /** Expected to hold `transaction` (base64) and `nonce` (`txHash#index`). */
    readonly payload: Readonly<Record<string, unknown>>;
    readonly resource?: { readonly url: string } | undefined;
    readonly extensions?: Readonly<Record<string, unknown>> | undefined;
  };
  readonly paymentRequirements: {
    readonly scheme: string;
    readonly network: string;
    readonly asset: string;
    readonly amount: string;
    readonly payTo: string;
    readonly maxTimeoutSeconds: number;
    readonly extra?: Readonly<Record<string, unknown>> | null | undefined;
  };
};

const X402_VERSION = 2;

/**
 * Finds a word about another version of the protocol in a body, whatever else it holds: the body of another version has
 * another shape, and every complaint about that shape would mislead.
 *
 * @returns its path, expected and found; `undefined` when the body names no other version.
 * @example
 * otherVersionIn({ x402Version: 1 }); // 'x402Version: expected 2, found 1'
 */
export function otherVersionIn(body: unknown): string | undefined {
  const named = {
    x402Version: memberOf(body, 'x402Version'),
    'paymentPayload.x402Version': memberOf(memberOf(body, 'paymentPayload'), 'x402Version'),
  };
  const other = Object.entries(named).find(([, it]) => typeof it === 'number' && it !== X402_VERSION);
  return other && `${other[0]}: expected ${X402_VERSION}, found ${other[1]}`;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}
