import { encodeArray, encodeBytes, encodeHead, encodeMap } from '../../../ledger/cbor/index.js';
import { minimumLovelaceOfSize } from '../../../ledger/phase-1/min-utxo.js';
import { encodePlutusData } from '../../../ledger/plutus/index.js';
import { type AssetId, LOVELACE } from '../../../ledger/primitives/asset.js';
import { concatBytes } from '../../../ledger/primitives/bytes.js';
import { fromHex } from '../../../ledger/primitives/hex.js';
import { type ChannelDatum, datumData } from '../codec/datum.js';

/** Written as widely as an integer of 64 bits can be. */
const WIDE = 2n ** 63n;
const ENCODED_CBOR = encodeHead(6, 24n);

function key(number: bigint): Uint8Array {
  return encodeHead(0, number);
}

function valueCbor(currency: AssetId): Uint8Array {
  const wide = encodeHead(0, WIDE);
  if (currency === LOVELACE) return wide;
  const [policyId, name] = currency.split('.').map((hex) => encodeBytes(fromHex(hex) ?? new Uint8Array()));
  if (policyId === undefined || name === undefined)
    throw new TypeError(`expected an asset, found ${currency}`);
  return encodeArray([wide, encodeMap([[policyId, encodeMap([[name, wide]])]])]);
}

/** What a channel needs to be measured: where it is, and what never changes about it. */
export type MeasuredChannel = {
  /** The address's own bytes. */
  readonly addressBytes: Uint8Array;
  readonly datum: Pick<ChannelDatum, 'ownHash' | 'constants'>;
};

/**
 * The lovelace that a channel keeps to the end: min-UTxO of its largest output, at stage Closed, with its currency and each
 * integer that can grow at its widest.
 */
export function reserveOf(
  { addressBytes, datum: { ownHash, constants } }: MeasuredChannel,
  parameters: { readonly coinsPerUtxoByte: bigint },
): bigint {
  const closed = datumData({ ownHash, constants, stage: { kind: 'closed', subbed: WIDE, elapseAtMs: WIDE } });
  const inline = concatBytes([ENCODED_CBOR, encodeBytes(encodePlutusData(closed))]);
  const output = encodeMap([
    [key(0n), encodeBytes(addressBytes)],
    [key(1n), valueCbor(constants.currency)],
    [key(2n), encodeArray([key(1n), inline])],
  ]);
  return minimumLovelaceOfSize(output.length, parameters);
}

/**
 * What a channel that holds so much of its currency can still pay out without the consumer: all tokens, or the lovelace above
 * the reserve.
 *
 * @param held units of its currency.
 */
export function payableOf(
  channel: MeasuredChannel,
  held: bigint,
  parameters: { readonly coinsPerUtxoByte: bigint },
): bigint {
  if (channel.datum.constants.currency !== LOVELACE) return held;
  const reserve = reserveOf(channel, parameters);
  return held > reserve ? held - reserve : 0n;
}
