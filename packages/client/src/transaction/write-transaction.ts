import {
  concatBytes,
  encodeArray,
  encodeBytes,
  encodeHead,
  encodeMap,
  fromHex,
  minimumLovelaceOfSize,
  type OutRef,
} from '@x402-facilitator/cardano/ledger';
import type { Value } from './value.js';

/** An output to be written. */
export type Output = {
  /** The address's own bytes. */
  readonly address: Uint8Array;
  readonly value: Value;
  /** CBOR of Plutus data, as it goes into the output. */
  readonly inlineDatum?: Uint8Array | undefined;
};

export type Body = {
  readonly inputs: readonly OutRef[];
  readonly outputs: readonly Output[];
  readonly fee: bigint;
  /** The first slot at which the transaction is no longer valid. */
  readonly ttl: number;
};

const TRUE = Uint8Array.of(0xf5);
const NULL = Uint8Array.of(0xf6);
const EMBEDDED_CBOR = 24n;
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;

const unsigned = (value: bigint | number) => encodeHead(0, BigInt(value));
const bytesOfHex = (hex: string) => fromHex(hex) ?? new Uint8Array();

/** An output: the array form where it can say everything, which is shorter and so needs less ADA, else the map form. */
export function encodeOutput({ address, value, inlineDatum }: Output): Uint8Array {
  const written = encodeValue(value);
  if (inlineDatum === undefined) return encodeArray([encodeBytes(address), written]);
  const embedded = concatBytes([encodeHead(6, EMBEDDED_CBOR), encodeBytes(inlineDatum)]);
  return encodeMap([
    [unsigned(0), encodeBytes(address)],
    [unsigned(1), written],
    [unsigned(2), encodeArray([unsigned(1), embedded])],
  ]);
}

/** Policies and names in the order of canonical CBOR, so that the same value always has the same bytes. */
function encodeValue({ lovelace, assets }: Value): Uint8Array {
  if (assets.size === 0) return unsigned(lovelace);
  const policies = new Map<string, Map<string, bigint>>();
  for (const [asset, amount] of assets) {
    const [policy = '', name = ''] = asset.split('.');
    const names = policies.get(policy) ?? new Map<string, bigint>();
    policies.set(policy, names.set(name, amount));
  }
  const written = inOrder([...policies]).map(([policy, names]) => {
    const amounts = inOrder([...names]).map(
      ([name, amount]) => [encodeBytes(bytesOfHex(name)), unsigned(amount)] as const,
    );
    return [encodeBytes(bytesOfHex(policy)), encodeMap(amounts)] as const;
  });
  return encodeArray([unsigned(lovelace), encodeMap(written)]);
}

function inOrder<T>(entries: readonly (readonly [string, T])[]) {
  return entries.toSorted(([left], [right]) => left.length - right.length || (left < right ? -1 : 1));
}

/** A transaction without signatures: `[body, {}, true, null]`. */
export function encodeTransaction({ inputs, outputs, fee, ttl }: Body): Uint8Array {
  const body = encodeMap([
    [unsigned(0), encodeArray(inputs.map(encodeOutRef))],
    [unsigned(1), encodeArray(outputs.map(encodeOutput))],
    [unsigned(2), unsigned(fee)],
    [unsigned(3), unsigned(ttl)],
  ]);
  return encodeArray([body, encodeMap([]), TRUE, NULL]);
}

function encodeOutRef({ txHash, index }: OutRef): Uint8Array {
  return encodeArray([encodeBytes(bytesOfHex(txHash)), unsigned(index)]);
}

/** The bytes that the witnesses of so many keys add to a transaction without any. */
export function witnessBytes(keys: number): number {
  const witness = encodeArray([
    encodeBytes(new Uint8Array(KEY_BYTES)),
    encodeBytes(new Uint8Array(SIGNATURE_BYTES)),
  ]);
  return 1 + encodeArray(Array.from({ length: keys }, () => witness)).length;
}

/** The least lovelace that the ledger wants in an output, for the encoding that it has when it holds exactly this. */
export function leastLovelaceOf(output: Output, coinsPerUtxoByte: bigint): bigint {
  let least = 0n;
  for (;;) {
    const holding = { ...output, value: { ...output.value, lovelace: least } };
    const wanted = minimumLovelaceOfSize(encodeOutput(holding).length, { coinsPerUtxoByte });
    if (wanted <= least) return least;
    least = wanted;
  }
}
