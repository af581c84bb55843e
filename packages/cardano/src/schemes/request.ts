/**
 * The body of `/verify` and `/settle` after its shape was checked: an x402 v2 envelope whose Cardano content is still
 * untrusted. Field names are the protocol's own (x402 specification v2, section 5).
 */
export type PaymentRequest = {
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
