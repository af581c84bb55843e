import type { PaymentRequirements } from '@x402/core/types';
import { parseTxHash, type TxHash } from '@x402-facilitator/cardano/ledger';
import { printable } from '../printable.js';
import { type PostOptions, postJson } from './post-json.js';

/** The x402 extension by which a facilitator on Cardano pays a payer's network fee. */
export const FEE_SPONSORSHIP = 'cardanoFeeSponsorship';

/**
 * An output that one payment may spend, with its terms, as the sponsor claims. Amounts in lovelace. None of it is
 * verified.
 */
export type FeeSponsorship = {
  readonly id: string;
  readonly input: {
    readonly txHash: TxHash;
    readonly index: number;
    readonly address: string;
    readonly lovelace: bigint;
  };
  readonly changeAddress: string;
  readonly maxFeeLovelace: bigint;
  /** The most that may stay in the output that pays a token. */
  readonly minAdaLovelace: bigint;
};

/** The pattern of a field of the answer. The patterns also limit what goes into a URL of the provider. */
const ID = /^[0-9a-f]{32}$/;
const TRANSACTION = /^[0-9a-f]{64}$/;
const ADDRESS = /^addr(_test)?1[02-9ac-hj-np-z]{6,200}$/;
const LOVELACE = /^(0|[1-9]\d{0,16})$/;
const MAX_OUTPUT_INDEX = 65_535;

/** The address where a 402's server sends its payers; undefined without an offer. */
export function sponsorshipUrlOf(
  extensions: Readonly<Record<string, unknown>> | undefined,
): string | undefined {
  const url = memberOf(memberOf(extensions?.[FEE_SPONSORSHIP], 'info'), 'url');
  return typeof url === 'string' ? url : undefined;
}

/**
 * Asks for an output to pay the fee with.
 *
 * @throws Error with the facilitator's message when it refuses, or with the mistake in its answer.
 */
export async function askForSponsorship(
  options: {
    readonly url: string;
    readonly requirements: PaymentRequirements;
    /** The payer's address. */
    readonly payer: string;
  } & PostOptions,
): Promise<FeeSponsorship> {
  const { url, requirements, payer } = options;
  const { network } = requirements;
  try {
    const { status, body } = await postJson(
      url,
      { network, paymentRequirements: requirements, payer },
      options,
    );
    if (status !== 201) throw new Error(`${status} ${printable(memberOf(body, 'message'))}`);
    for (const [name, asked] of Object.entries({ network, payer }))
      if (memberOf(body, name) !== asked)
        throw new Error(`expected ${name} ${asked}, found ${printable(memberOf(body, name))}`);
    return sponsorshipOf(body);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`no fee is sponsored: ${reason}`, { cause: error });
  }
}

function sponsorshipOf(body: unknown): FeeSponsorship {
  const input = memberOf(body, 'input');
  const index = memberOf(input, 'index');
  if (typeof index !== 'number' || !Number.isInteger(index) || index < 0 || index > MAX_OUTPUT_INDEX)
    throw new Error(`expected an output's index in input.index, found ${printable(index)}`);
  const txHash = parseTxHash(text(input, 'transaction', TRANSACTION));
  if (txHash === undefined) throw new Error('expected a transaction id in input.transaction');
  return {
    id: text(body, 'id', ID),
    input: {
      txHash,
      index,
      address: text(input, 'address', ADDRESS),
      lovelace: BigInt(text(input, 'lovelace', LOVELACE)),
    },
    changeAddress: text(body, 'changeAddress', ADDRESS),
    maxFeeLovelace: BigInt(text(body, 'maxFeeLovelace', LOVELACE)),
    minAdaLovelace: BigInt(text(body, 'minAdaLovelace', LOVELACE)),
  };
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function text(value: unknown, name: string, pattern: RegExp): string {
  const found = memberOf(value, name);
  if (typeof found === 'string' && pattern.test(found)) return found;
  throw new Error(`expected ${name} to match ${pattern.source}, found ${printable(found)}`);
}
