import type { PaymentRequirements } from '@x402/core/types';
import {
  type AssetId,
  fromHex,
  type NewOutput,
  parseAddress,
  parseAssetId,
} from '@x402-facilitator/cardano/ledger';
import { printable } from '../printable.js';
import { amountOf } from '../transaction/index.js';
import { isMasumi, type Lock } from './lock.js';

/** What a seller asks for, checked and in types. */
export type Terms = {
  readonly asset: AssetId;
  readonly amount: bigint;
  readonly payTo: { readonly text: string; readonly bytes: Uint8Array };
  /** CBOR of the datum that the paying output must carry. */
  readonly inlineDatum: Uint8Array | undefined;
  /** What Masumi's escrow must get, where the price goes there. */
  readonly lock: Lock | undefined;
  readonly maxTimeoutSeconds: number;
};

const AMOUNT = /^[1-9]\d{0,18}$/;
const MAX_TIMEOUT_SECONDS = 86_400;
const MAX_DATUM_BYTES = 8_192;

/**
 * Reads requirements of the `exact` scheme, as a seller states them. For the `masumi` method that is the price; `withLock`
 * adds the rest.
 *
 * @throws Error when they cannot be paid here, with what was expected and what was found.
 */
export function termsOf(requirements: PaymentRequirements): Terms {
  const { payTo, maxTimeoutSeconds } = requirements;
  const asset = parseAssetId(requirements.asset);
  if (asset === undefined)
    throw new Error(
      `expected lovelace or POLICY.NAME in hex as the asset, found ${printable(requirements.asset)}`,
    );
  if (!AMOUNT.test(requirements.amount))
    throw new Error(`expected an amount in atomic units, found ${printable(requirements.amount)}`);
  const address = parseAddress(payTo);
  if (!address.ok || address.value.kind !== 'shelley')
    throw new Error(`expected a Shelley address to pay to, found ${printable(payTo)}`);
  if (
    !Number.isInteger(maxTimeoutSeconds) ||
    maxTimeoutSeconds <= 0 ||
    maxTimeoutSeconds > MAX_TIMEOUT_SECONDS
  )
    throw new Error(
      `expected a time-out of 1 to ${MAX_TIMEOUT_SECONDS} seconds, found ${printable(maxTimeoutSeconds)}`,
    );
  return {
    asset,
    amount: BigInt(requirements.amount),
    payTo: { text: payTo, bytes: address.value.bytes },
    inlineDatum: datumOf(requirements),
    lock: undefined,
    maxTimeoutSeconds,
  };
}

/** Terms whose price goes into Masumi's escrow. */
export function withLock(terms: Terms, lock: Lock): Terms {
  return { ...terms, lock, inlineDatum: lock.datum };
}

/** The output that pays the price; without the ADA that must go with a token, but for Masumi's escrow. */
export function payingOutput({ asset, amount, payTo, inlineDatum, lock }: Terms): NewOutput {
  const price = amountOf(asset, amount);
  const value = lock === undefined ? price : { ...price, lovelace: lock.lovelace };
  return { address: payTo.bytes, value, inlineDatum };
}

/** The datum that a contract of the `script` method wants; the others do not state one. */
function datumOf(requirements: PaymentRequirements): Uint8Array | undefined {
  const { extra } = requirements;
  const method: unknown = extra.assetTransferMethod ?? 'default';
  if (method === 'default' || isMasumi(requirements)) return undefined;
  if (method !== 'script')
    throw new Error(
      `expected the transfer method "default", "script" or "masumi", found ${printable(method)}`,
    );
  if (extra.datum === undefined) return undefined;
  const datum = typeof extra.datum === 'string' ? fromHex(extra.datum) : undefined;
  if (datum === undefined || datum.length === 0 || datum.length > MAX_DATUM_BYTES)
    throw new Error(
      `expected a datum in hex of at most ${MAX_DATUM_BYTES} bytes, found ${printable(extra.datum)}`,
    );
  return datum;
}
