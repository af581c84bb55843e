import type { ShelleyAddress } from '../../ledger/address/index.js';
import { encodeArray, encodeBytes, encodeHead, encodeMap } from '../../ledger/cbor/index.js';
import { minimumLovelaceOfSize } from '../../ledger/phase-1/min-utxo.js';

/** Every min-UTxO in lovelace takes an integer of five bytes. */
const COIN = encodeHead(0, 0x1_0000n);
const INLINE_DATUM = encodeHead(0, 1n);
const ENCODED_CBOR = encodeHead(6, 24n);

/**
 * The least price in lovelace that every wallet can pay to an address: the min-UTxO of the usual output in ada, in map form
 * (CIP-55). A wallet that writes outputs in array form could pay two bytes less.
 *
 * @param datum the inline datum that the payment must carry, as CBOR.
 * @example
 * leastPrice({ payTo, coinsPerUtxoByte: 4310n }); // 857690n for an enterprise address
 */
export function leastPrice({
  payTo,
  datum,
  coinsPerUtxoByte,
}: {
  readonly payTo: ShelleyAddress;
  readonly datum?: Uint8Array | undefined;
  readonly coinsPerUtxoByte: bigint;
}): bigint {
  const paid = [
    [encodeHead(0, 0n), encodeBytes(payTo.bytes)],
    [encodeHead(0, 1n), COIN],
  ] as const;
  const output =
    datum === undefined
      ? encodeMap([...paid])
      : encodeMap([
          ...paid,
          [
            encodeHead(0, 2n),
            encodeArray([INLINE_DATUM, Uint8Array.from([...ENCODED_CBOR, ...encodeBytes(datum)])]),
          ],
        ]);
  return minimumLovelaceOfSize(output.length, { coinsPerUtxoByte });
}
