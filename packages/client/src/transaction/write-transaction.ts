import {
  encodeArray,
  encodeBytes,
  encodeHead,
  encodeMap,
  encodeOutput,
  fromHex,
  type NewOutput,
  type OutRef,
  parseAddress,
} from '@x402-facilitator/cardano/ledger';

export type Body = {
  readonly inputs: readonly OutRef[];
  readonly outputs: readonly NewOutput[];
  readonly fee: bigint;
  /** The first slot at which the transaction is no longer valid. */
  readonly ttl: number;
};

const TRUE = Uint8Array.of(0xf5);
const NULL = Uint8Array.of(0xf6);
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;

const unsigned = (value: bigint | number) => encodeHead(0, BigInt(value));
const bytesOfHex = (hex: string) => fromHex(hex) ?? new Uint8Array();

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

/** @throws Error for an address that is not one. */
export function bytesOfAddress(address: string): Uint8Array {
  const parsed = parseAddress(address);
  if (!parsed.ok) throw new Error(`expected an address, found ${parsed.error}`);
  return parsed.value.bytes;
}
