import {
  blake2b256,
  type OutRef,
  outRefKey,
  parseTxHash,
  type TxHash,
  toHex,
} from '@x402-facilitator/cardano';
import { encode, Tag } from 'cbor2';
import type { Keys } from './keys.js';

/** What a payment spends and pays, in lovelace. */
export type Spending = {
  readonly source: OutRef;
  readonly sourceLovelace: bigint;
  readonly payer: Keys;
  /** An address's own bytes. */
  readonly to: Uint8Array;
  /** The rest, less the fee, returns to the payer; none returns when all of it is paid. */
  readonly amount: bigint;
  /** First slot at which it is no longer valid; for ever when left out. */
  readonly ttl?: number;
};

export type SignedTransaction = { readonly id: TxHash; readonly bytes: Uint8Array };

/** Above what any of these transactions must pay, and within what the facilitator allows. */
export const FEE_LOVELACE = 200_000n;
/** Tag of a set (CIP-0021 and the Conway CDDL). */
const SET = 258;

/** Writes and signs a transaction with one input. */
export function signTransaction(spending: Spending): SignedTransaction {
  const { source, sourceLovelace, payer, to, amount, ttl } = spending;
  const change = sourceLovelace - amount - FEE_LOVELACE;
  const body = encode(
    new Map<number, unknown>([
      [0, new Tag(SET, [[Uint8Array.from(Buffer.from(source.txHash, 'hex')), source.index]])],
      [1, [outputOf(to, amount), ...(change > 0n ? [outputOf(payer.addressBytes, change)] : [])]],
      [2, FEE_LOVELACE],
      ...(ttl === undefined ? [] : [[3, ttl] as const]),
    ]),
  );
  const hash = Uint8Array.from(blake2b256(body));
  const id = parseTxHash(toHex(hash));
  if (id === undefined) throw new Error('blake2b-256 gives 32 bytes');
  const witness = encode(new Map([[0, new Tag(SET, [[payer.publicKey, payer.sign(hash)]])]]));
  // The body goes in as the very bytes that were hashed: [body, witnesses, true, null].
  return { id, bytes: Buffer.concat([Uint8Array.of(0x84), body, witness, Uint8Array.of(0xf5, 0xf6)]) };
}

function outputOf(address: Uint8Array, lovelace: bigint): Map<number, unknown> {
  return new Map<number, unknown>([
    [0, address],
    [1, lovelace],
  ]);
}

/** The terms that a resource server sets, as far as the benchmarks vary them. */
export type Terms = {
  readonly network: string;
  readonly payTo: string;
  readonly amount: bigint;
  readonly maxTimeoutSeconds: number;
  readonly confirmations: number;
};

/** The body of `/verify` and `/settle`, as `@x402/core` sends it. */
export function requestBody(transaction: SignedTransaction, source: OutRef, terms: Terms): string {
  const paymentRequirements = {
    scheme: 'exact',
    network: terms.network,
    asset: 'lovelace',
    amount: String(terms.amount),
    payTo: terms.payTo,
    maxTimeoutSeconds: terms.maxTimeoutSeconds,
    extra: { confirmationPolicy: { l1Confirmations: terms.confirmations } },
  };
  return JSON.stringify({
    x402Version: 2,
    paymentPayload: {
      x402Version: 2,
      resource: { url: 'https://seller.example/thing' },
      accepted: paymentRequirements,
      payload: {
        transaction: Buffer.from(transaction.bytes).toString('base64'),
        nonce: outRefKey(source),
      },
    },
    paymentRequirements,
  });
}
