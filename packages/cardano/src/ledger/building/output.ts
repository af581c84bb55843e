import { encodeArray, encodeBytes, encodeHead, encodeMap } from '../cbor/index.js';
import { minimumLovelaceOfSize } from '../phase-1/min-utxo.js';
import { concatBytes } from '../primitives/bytes.js';
import { fromHex } from '../primitives/hex.js';
import type { Amounts } from './value.js';

/** An output to be written. */
export type NewOutput = {
  /** The address's own bytes. */
  readonly address: Uint8Array;
  readonly value: Amounts;
  /** CBOR of Plutus data, as it goes into the output. */
  readonly inlineDatum?: Uint8Array | undefined;
};

const EMBEDDED_CBOR = encodeHead(6, 24n);

const unsigned = (value: bigint | number) => encodeHead(0, BigInt(value));
const hexBytes = (hex: string) => encodeBytes(fromHex(hex) ?? new Uint8Array());

/**
 * CBOR of an output: the array form where it can say everything, which is shorter and so needs less ADA, else the map form.
 *
 * @example
 * encodeOutput({ address, value: { lovelace: 2_000_000n, assets: new Map() } });
 */
export function encodeOutput({ address, value, inlineDatum }: NewOutput): Uint8Array {
  const written = [encodeBytes(address), encodeValue(value)] as const;
  if (inlineDatum === undefined) return encodeArray(written);
  const embedded = concatBytes([EMBEDDED_CBOR, encodeBytes(inlineDatum)]);
  return encodeMap([
    [unsigned(0), written[0]],
    [unsigned(1), written[1]],
    [unsigned(2), encodeArray([unsigned(1), embedded])],
  ]);
}

/** Policies and names in canonical order, so that the same value always has the same bytes. */
function encodeValue({ lovelace, assets }: Amounts): Uint8Array {
  if (assets.size === 0) return unsigned(lovelace);
  const policies = new Map<string, (readonly [Uint8Array, Uint8Array])[]>();
  const inOrder = [...assets].toSorted(([a], [b]) => a.length - b.length || (a < b ? -1 : 1));
  for (const [asset, amount] of inOrder) {
    const [policy = '', name = ''] = asset.split('.');
    policies.set(policy, [...(policies.get(policy) ?? []), [hexBytes(name), unsigned(amount)]]);
  }
  const written = [...policies]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([policy, names]) => [hexBytes(policy), encodeMap(names)] as const);
  return encodeArray([unsigned(lovelace), encodeMap(written)]);
}

/**
 * The least lovelace that the ledger wants in an output, for the encoding that it has when it holds at least this.
 *
 * @example
 * const least = leastLovelaceOf(output, { coinsPerUtxoByte: 4_310n });
 */
export function leastLovelaceOf(
  output: NewOutput,
  parameters: { readonly coinsPerUtxoByte: bigint },
): bigint {
  for (let least = 0n; ; ) {
    const held = output.value.lovelace > least ? output.value.lovelace : least;
    const { length } = encodeOutput({ ...output, value: { ...output.value, lovelace: held } });
    const wanted = minimumLovelaceOfSize(length, parameters);
    if (wanted <= least) return least;
    least = wanted;
  }
}
