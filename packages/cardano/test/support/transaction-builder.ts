import {
  blake2b256,
  type OutRef,
  outRefKey,
  parseTxHash,
  type TxHash,
  toHex,
} from '@x402-facilitator/cardano';
import * as cbor from './cbor-writer.js';
import type { Wallet } from './wallet.js';

/** An output to write: its fields by meaning, or any bytes at all. */
export type OutputSpec =
  | cbor.Cbor
  | {
      readonly address: Uint8Array;
      readonly lovelace: bigint;
      /** `[policyId, assetName, quantity]`, hex; entries of one policy lie next to each other. */
      readonly assets?: readonly (readonly [policyId: string, assetName: string, quantity: bigint])[];
      readonly form?: 'map' | 'array';
      /** Any further fields of the map form. */
      readonly extra?: readonly (readonly [number, cbor.Cbor])[];
    };

export type TransactionSpec = {
  readonly inputs: readonly OutRef[];
  readonly outputs: readonly OutputSpec[];
  readonly fee: bigint;
  readonly ttl?: number | bigint;
  readonly signers?: readonly Wallet[];
  /** Further body fields by key, as CBOR; a key of the above replaces it. */
  readonly body?: Readonly<Record<number, cbor.Cbor>>;
  /** Appended to the body as they are, duplicates included. */
  readonly appendToBody?: readonly (readonly [cbor.Cbor, cbor.Cbor])[];
  readonly witnesses?: Readonly<Record<number, cbor.Cbor>>;
  readonly isValid?: cbor.Cbor;
  readonly auxiliaryData?: cbor.Cbor;
  /** What is signed instead of the body's hash. */
  readonly signedMessage?: Uint8Array;
  readonly encoding?: Encoding;
};

/** Legal ways to write the same transaction. */
export type Encoding = {
  readonly sets?: 'tagged' | 'untagged';
  readonly length?: cbor.Length;
  readonly heads?: cbor.HeadWidth;
};

export type BuiltTransaction = {
  readonly bytes: Uint8Array;
  readonly body: Uint8Array;
  readonly witnessSet: Uint8Array;
  readonly id: TxHash;
  readonly base64: string;
};

export function outRefCbor(ref: OutRef, encoding: Encoding = {}): cbor.Cbor {
  return cbor.array([cbor.bytes(cbor.hex(ref.txHash)), cbor.int(ref.index, encoding.heads)], encoding.length);
}

function setCbor(items: readonly cbor.Cbor[], encoding: Encoding): cbor.Cbor {
  return encoding.sets === 'untagged' ? cbor.array(items, encoding.length) : cbor.set(items, encoding.length);
}

export function multiAssetCbor(
  assets: readonly (readonly [policyId: string, assetName: string, quantity: bigint])[],
  encoding: Encoding = {},
): cbor.Cbor {
  const policies = new Map<string, [cbor.Cbor, cbor.Cbor][]>();
  for (const [policyId, name, quantity] of assets) {
    const names = policies.get(policyId) ?? [];
    names.push([cbor.bytes(cbor.hex(name)), cbor.int(quantity, encoding.heads)]);
    policies.set(policyId, names);
  }
  const entries = [...policies].map(
    ([policyId, names]) => [cbor.bytes(cbor.hex(policyId)), cbor.map(names, encoding.length)] as const,
  );
  return cbor.map(entries, encoding.length);
}

export function outputCbor(spec: OutputSpec, encoding: Encoding = {}): cbor.Cbor {
  if (spec instanceof Uint8Array) return spec;
  const coin = cbor.int(spec.lovelace, encoding.heads);
  const amount =
    spec.assets === undefined || spec.assets.length === 0
      ? coin
      : cbor.array([coin, multiAssetCbor(spec.assets, encoding)], encoding.length);
  if (spec.form === 'array') return cbor.array([cbor.bytes(spec.address), amount], encoding.length);
  const extra = (spec.extra ?? []).map(([key, value]) => [cbor.int(key), value] as const);
  return cbor.map(
    [[cbor.int(0), cbor.bytes(spec.address)], [cbor.int(1), amount], ...extra],
    encoding.length,
  );
}

function fieldsCbor(
  fields: Readonly<Record<number, cbor.Cbor>>,
  encoding: Encoding,
): [cbor.Cbor, cbor.Cbor][] {
  return Object.entries(fields).map(([key, value]) => [cbor.int(BigInt(key), encoding.heads), value]);
}

/** Writes and signs a transaction, legal or not. */
export function buildTransaction(spec: TransactionSpec): BuiltTransaction {
  const encoding = spec.encoding ?? {};
  const fields = {
    0: setCbor(
      spec.inputs.map((input) => outRefCbor(input, encoding)),
      encoding,
    ),
    1: cbor.array(
      spec.outputs.map((output) => outputCbor(output, encoding)),
      encoding.length,
    ),
    2: cbor.int(spec.fee, encoding.heads),
    ...(spec.ttl === undefined ? {} : { 3: cbor.int(spec.ttl, encoding.heads) }),
    ...(spec.auxiliaryData === undefined ? {} : { 7: cbor.bytes(blake2b256(spec.auxiliaryData)) }),
    ...spec.body,
  };
  const body = cbor.map([...fieldsCbor(fields, encoding), ...(spec.appendToBody ?? [])], encoding.length);
  const id = blake2b256(body);
  const signatures = (spec.signers ?? []).map((signer) =>
    cbor.array(
      [cbor.bytes(signer.publicKey), cbor.bytes(signer.sign(spec.signedMessage ?? id))],
      encoding.length,
    ),
  );
  const witnesses = {
    ...(signatures.length > 0 ? { 0: setCbor(signatures, encoding) } : {}),
    ...spec.witnesses,
  };
  const witnessSet = cbor.map(fieldsCbor(witnesses, encoding), encoding.length);
  const bytes = cbor.array(
    [body, witnessSet, spec.isValid ?? cbor.TRUE, spec.auxiliaryData ?? cbor.NULL],
    encoding.length,
  );
  const txHash = parseTxHash(toHex(id));
  if (txHash === undefined) throw new Error('blake2b-256 gives 32 bytes');
  return { bytes, body, witnessSet, id: txHash, base64: Buffer.from(bytes).toString('base64') };
}

/** `txHash#index` of a reference. */
export { outRefKey };
