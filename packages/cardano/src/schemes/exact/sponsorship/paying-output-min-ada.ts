import type { ShelleyAddress } from '../../../ledger/address/index.js';
import { encodeArray, encodeBytes, encodeHead, encodeMap } from '../../../ledger/cbor/index.js';
import { minimumLovelaceOfSize } from '../../../ledger/phase-1/min-utxo.js';
import { type AssetId, LOVELACE } from '../../../ledger/primitives/asset.js';
import { fromHex } from '../../../ledger/primitives/hex.js';

/** Every min-UTxO in lovelace takes an integer of five bytes. */
const COIN = encodeHead(0, 0x1_0000n);

/**
 * The min-UTxO in lovelace of the usual output that pays an amount of one token: map form, no datum (CIP-55). A payer pays
 * for a longer encoding itself.
 *
 * @returns 0 for a payment in ada, which covers its own min-UTxO.
 * @example
 * minAdaOfPayment({ payTo, asset, amount: 5n, coinsPerUtxoByte: 4310n });
 */
export function minAdaOfPayment({
  payTo,
  asset,
  amount,
  coinsPerUtxoByte,
}: {
  readonly payTo: ShelleyAddress;
  readonly asset: AssetId;
  readonly amount: bigint;
  readonly coinsPerUtxoByte: bigint;
}): bigint {
  if (asset === LOVELACE) return 0n;
  const [policyId = '', name = ''] = asset.split('.');
  const hexBytes = (hex: string) => encodeBytes(fromHex(hex) ?? new Uint8Array());
  const assets = encodeMap([[hexBytes(policyId), encodeMap([[hexBytes(name), encodeHead(0, amount)]])]]);
  const output = encodeMap([
    [encodeHead(0, 0n), encodeBytes(payTo.bytes)],
    [encodeHead(0, 1n), encodeArray([COIN, assets])],
  ]);
  return minimumLovelaceOfSize(output.length, { coinsPerUtxoByte });
}
