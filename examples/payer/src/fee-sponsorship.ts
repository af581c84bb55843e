import type { PaymentRequirements } from '@x402/core/types';

/** The x402 extension by which a facilitator on Cardano pays a payer's network fee. */
export const FEE_SPONSORSHIP = 'cardanoFeeSponsorship';

/** An output of the facilitator's that one payment may spend, and on what terms. Amounts in lovelace. */
export type FeeSponsorship = {
  readonly id: string;
  readonly input: {
    readonly transaction: string;
    readonly index: number;
    readonly address: string;
    readonly lovelace: bigint;
  };
  readonly changeAddress: string;
  readonly maxFeeLovelace: bigint;
  /** The most that may stay in the output that pays a token. */
  readonly minAdaLovelace: bigint;
};

/** Where the server of a 402 lets its payers ask; undefined when it offers nothing. */
export function sponsorshipUrlOf(
  extensions: Readonly<Record<string, unknown>> | undefined,
): string | undefined {
  const url = memberOf(memberOf(extensions?.[FEE_SPONSORSHIP], 'info'), 'url');
  return typeof url === 'string' ? url : undefined;
}

/**
 * Asks for an output to pay the fee with.
 *
 * @throws Error with the facilitator's own words when it lends none.
 */
export async function askForSponsorship(options: {
  readonly url: string;
  readonly requirements: PaymentRequirements;
  /** The payer's address. */
  readonly payer: string;
  readonly fetch: typeof globalThis.fetch;
}): Promise<FeeSponsorship> {
  const { url, requirements, payer, fetch } = options;
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ network: requirements.network, paymentRequirements: requirements, payer }),
  });
  const body: unknown = await response.json();
  if (response.status !== 201)
    throw new Error(`no fee is sponsored: ${response.status} ${String(memberOf(body, 'message'))}`);
  const input = memberOf(body, 'input');
  return {
    id: text(body, 'id'),
    input: {
      transaction: text(input, 'transaction'),
      index: Number(memberOf(input, 'index')),
      address: text(input, 'address'),
      lovelace: BigInt(text(input, 'lovelace')),
    },
    changeAddress: text(body, 'changeAddress'),
    maxFeeLovelace: BigInt(text(body, 'maxFeeLovelace')),
    minAdaLovelace: BigInt(text(body, 'minAdaLovelace')),
  };
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function text(value: unknown, name: string): string {
  const found = memberOf(value, name);
  if (typeof found === 'string') return found;
  throw new Error(`the facilitator's sponsorship has no ${name}`);
}
