import { ed25519 } from '@noble/curves/ed25519.js';
import {
  assembleWitness,
  blake2b224,
  fromHex,
  type OutRef,
  type OutRefKey,
  outRefKey,
  parseAddress,
  type TxHash,
  toHex,
} from '@x402-facilitator/cardano/ledger';
import { type ChainReader, type CostParameters, provenOutput, type WalletOutput } from '../chain/index.js';
import type { Keys } from '../keys/index.js';
import { checkPayment } from './check-payment.js';
import { isOfferedOutput, type LentOutput } from './lent-output.js';
import { readPayment } from './read-payment.js';
import { assertWithinLimits, type Loss, type SpendLimits, type Spent } from './spend-limits.js';
import type { Terms } from './terms.js';

/** A payment that lacks only the wallet's signature. */
export type UnsignedPayment = {
  readonly bytes: Uint8Array;
  /** The slot from which it can no longer be included. */
  readonly ttl: number;
  /** POSIX milliseconds at which that slot begins. */
  readonly validToMs: number;
  /** The sponsor's output, when one is among the inputs. */
  readonly lent?: LentOutput | undefined;
};

/** A payment that is signed and not submitted. */
export type SignedPayment = {
  readonly transactionId: TxHash;
  /** The signed transaction, as it goes into `payload.transaction`. */
  readonly transactionBase64: string;
  /** `txHash#index` of the input that makes this payment unique. */
  readonly nonce: string;
  /** Every input. */
  readonly inputs: readonly OutRefKey[];
  readonly feeLovelace: bigint;
  /** What it takes out of the wallet, by asset. */
  readonly loss: Loss;
  /** The slot from which it can no longer be included. */
  readonly ttl: number;
  /** POSIX milliseconds after which the transaction can no longer be included. */
  readonly validToMs: number;
  /** The facilitator's reservation that pays the fee. */
  readonly sponsorshipId?: string;
  /** The facilitator's or the seller's output among the inputs. Without one the payer pays the fee. */
  readonly lentInput?: OutRefKey;
};

/** What the wallet's owner allows, and what it has spent so far. */
export type Allowance = {
  readonly limits: SpendLimits;
  readonly sellers: readonly string[];
  readonly spent: readonly Spent[];
  readonly nowMs: number;
};

/**
 * The only access to the wallet's key. It signs only the bytes that were checked here, from any source.
 *
 * @throws RefusedPaymentError when they take more than the price explains or the limits allow.
 */
export async function signPayment(
  { bytes, ttl, validToMs, lent }: UnsignedPayment,
  options: {
    readonly chain: ChainReader;
    readonly keys: Keys;
    readonly terms: Terms;
    /** Outputs of the wallet that are known already. Others are read from the chain. */
    readonly listed?: readonly WalletOutput[] | undefined;
    readonly costs: CostParameters;
    readonly allowance: Allowance;
  },
): Promise<SignedPayment> {
  const { keys, terms, costs, allowance } = options;
  const known = await knownInputs(bytes, options);
  const { transaction, loss } = checkPayment(bytes, { terms, keys, known, lent, costs, ttl });
  assertWithinLimits(loss, allowance.limits, { ...allowance, price: terms.asset });

  const signed = await witnessed(bytes, transaction.id, signersOf(transaction.inputs, known, keys), keys);
  const inputs = transaction.inputs.map(outRefKey);
  const lentKey = lent === undefined ? undefined : outRefKey(lent.output.outRef);
  const nonce = inputs.find((input) => input !== lentKey);
  if (nonce === undefined) throw new Error('the builder made a transaction without inputs of the payer');
  return {
    transactionId: transaction.id,
    transactionBase64: base64Of(signed),
    nonce,
    inputs,
    feeLovelace: transaction.fee,
    loss,
    ttl,
    validToMs,
    ...(lent === undefined || lentKey === undefined
      ? {}
      : { ...(isOfferedOutput(lent) ? {} : { sponsorshipId: lent.sponsorshipId }), lentInput: lentKey }),
  };
}

async function knownInputs(
  bytes: Uint8Array,
  {
    chain,
    listed = [],
  }: { readonly chain: ChainReader; readonly listed?: readonly WalletOutput[] | undefined },
): Promise<ReadonlyMap<OutRefKey, WalletOutput>> {
  const known = new Map(listed.map((output) => [outRefKey(output.outRef), output]));
  for (const ref of readPayment(bytes).inputs) {
    if (known.has(outRefKey(ref))) continue;
    const output = await provenOutput(chain, ref);
    if (output !== undefined) known.set(outRefKey(ref), output);
  }
  return known;
}

/** Hashes of the wallet's keys that inputs need. */
export function signersOf(
  inputs: readonly OutRef[],
  known: ReadonlyMap<OutRefKey, WalletOutput>,
  keys: Pick<Keys, 'keyHashes'>,
): ReadonlySet<string> {
  const hashes = inputs.flatMap((ref) => {
    const address = parseAddress(known.get(outRefKey(ref))?.address ?? '');
    return address.ok && address.value.kind === 'shelley' ? [address.value.payment.hash] : [];
  });
  return new Set(hashes.filter((hash) => keys.keyHashes.has(hash)));
}

/**
 * The signed transaction. The wallet may be another program (CIP-30), so its signatures are checked before they are used.
 *
 * @throws Error when one is missing or wrong.
 */
export async function witnessed(
  bytes: Uint8Array,
  id: TxHash,
  signers: ReadonlySet<string>,
  keys: Keys,
): Promise<Uint8Array> {
  const transactionId = fromHex(id) ?? new Uint8Array();
  const missing = new Set(signers);
  let signed = bytes;
  for (const { publicKey, signature } of await keys.sign(bytes, transactionId)) {
    const hash = toHex(blake2b224(publicKey));
    if (!missing.has(hash)) continue;
    if (!ed25519.verify(signature, transactionId, publicKey))
      throw new Error(`expected a signature of ${id}, found one of something else`);
    signed = assembleWitness(signed, publicKey, signature);
    missing.delete(hash);
  }
  if (missing.size > 0)
    throw new Error(`expected signatures of the wallet's keys, found none of ${[...missing].join(', ')}`);
  return signed;
}

export function base64Of(bytes: Uint8Array): string {
  return btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ''));
}
