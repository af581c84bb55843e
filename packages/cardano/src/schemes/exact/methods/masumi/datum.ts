import type { ShelleyAddress } from '../../../../ledger/address/index.js';
import { DECODE_LIMITS } from '../../../../ledger/cbor/decode-limits.js';
import {
  type PlutusData,
  plutusBytes,
  plutusConstructor,
  plutusInteger,
  readPlutusData,
} from '../../../../ledger/plutus/index.js';
import { fromHex, toHex } from '../../../../ledger/primitives/hex.js';
import { err, ok, type Result } from '../../../../result.js';

/** Key or script, with its hash of 28 bytes in lowercase hex. */
export type DatumCredential = { readonly kind: 'key' | 'script'; readonly hash: string };

/** An address as a datum writes it; it does not say on which network. */
export type DatumAddress = {
  readonly payment: DatumCredential;
  /** A pointer names a registration certificate, which no ledger rule reads any more since Conway. */
  readonly stake: DatumCredential | { readonly kind: 'pointer' } | undefined;
};

/** The datum `masumi.vested_pay.v2`, field by field (scheme: "Escrow datum and client-computed collateral"). */
export type EscrowDatum = {
  readonly buyer: DatumAddress;
  readonly buyer_return_address: DatumAddress | undefined;
  readonly seller: DatumAddress;
  readonly seller_return_address: DatumAddress | undefined;
  /** Byte strings as lowercase hex. */
  readonly reference_key: string;
  readonly reference_signature: string;
  readonly seller_nonce: string;
  readonly buyer_nonce: string;
  readonly agent_identifier: string;
  readonly collateral_return_lovelace: bigint;
  readonly input_hash: string;
  readonly result_hash: string;
  /** POSIX milliseconds. */
  readonly pay_by_time: bigint;
  readonly submit_result_time: bigint;
  readonly unlock_time: bigint;
  readonly external_dispute_unlock_time: bigint;
  readonly seller_cooldown_time: bigint;
  readonly buyer_cooldown_time: bigint;
  /** Constructor of the state; 0 is FundsLocked. */
  readonly state: bigint;
};

/** The fields in the contract's order. */
const FIELDS = [
  'buyer',
  'buyer_return_address',
  'seller',
  'seller_return_address',
  'reference_key',
  'reference_signature',
  'seller_nonce',
  'buyer_nonce',
  'agent_identifier',
  'collateral_return_lovelace',
  'input_hash',
  'result_hash',
  'pay_by_time',
  'submit_result_time',
  'unlock_time',
  'external_dispute_unlock_time',
  'seller_cooldown_time',
  'buyer_cooldown_time',
  'state',
] as const satisfies readonly (keyof EscrowDatum)[];

type Field = (typeof FIELDS)[number];

export const FUNDS_LOCKED = 0n;
const CREDENTIAL_KINDS = ['key', 'script'] as const;
const CREDENTIAL_CHARACTERS = 56;

class NotThisDatum extends Error {}

/** Reads the fields of the `expected`th constructor. */
function fieldsOf(
  data: PlutusData | undefined,
  name: string,
  index: number,
  count: number,
): readonly PlutusData[] {
  const isIt = data?.kind === 'constructor' && data.index === BigInt(index) && data.fields.length === count;
  if (!isIt) throw new NotThisDatum(`${name}: expected constructor ${index} of ${count} fields`);
  return data.fields;
}

function bytesField(data: PlutusData | undefined, name: string): string {
  if (data?.kind !== 'bytes') throw new NotThisDatum(`${name}: expected a byte string`);
  return toHex(data.value);
}

function intField(data: PlutusData | undefined, name: string): bigint {
  if (data?.kind !== 'int') throw new NotThisDatum(`${name}: expected an integer`);
  return data.value;
}

function isConstructor(data: PlutusData | undefined, index: number): boolean {
  return data?.kind === 'constructor' && data.index === BigInt(index);
}

function credential(data: PlutusData | undefined, name: string): DatumCredential {
  const script = isConstructor(data, 1);
  const [hash] = fieldsOf(data, name, script ? 1 : 0, 1);
  const hex = bytesField(hash, name);
  if (hex.length !== CREDENTIAL_CHARACTERS) throw new NotThisDatum(`${name}: expected a hash of 28 bytes`);
  return { kind: CREDENTIAL_KINDS[script ? 1 : 0], hash: hex };
}

/** `Some` is constructor 0 with one field, `None` constructor 1 with none. */
function option(data: PlutusData | undefined, name: string): PlutusData | undefined {
  if (!isConstructor(data, 1)) return fieldsOf(data, name, 0, 1)[0];
  fieldsOf(data, name, 1, 0);
  return undefined;
}

function stakeReference(data: PlutusData, name: string): NonNullable<DatumAddress['stake']> {
  if (!isConstructor(data, 1)) return credential(fieldsOf(data, name, 0, 1)[0], name);
  for (const part of fieldsOf(data, name, 1, 3)) intField(part, name);
  return { kind: 'pointer' };
}

function address(data: PlutusData | undefined, name: string): DatumAddress {
  const [payment, stake] = fieldsOf(data, name, 0, 2);
  const reference = option(stake, name);
  return {
    payment: credential(payment, name),
    stake: reference === undefined ? undefined : stakeReference(reference, name),
  };
}

function optionalAddress(data: PlutusData | undefined, name: string): DatumAddress | undefined {
  const some = option(data, name);
  return some === undefined ? undefined : address(some, name);
}

function state(data: PlutusData | undefined): bigint {
  // The contract could not read a state with fields back: it would never release the funds.
  if (data?.kind !== 'constructor' || data.fields.length > 0)
    throw new NotThisDatum('state: expected a constructor without fields');
  return data.index;
}

/**
 * Reads an inline datum as `masumi.vested_pay.v2`, in any encoding of its Plutus data.
 *
 * @returns the datum, or what is wrong with the bytes.
 */
export function readEscrowDatum(bytes: Uint8Array): Result<EscrowDatum, string> {
  const data = readPlutusData(bytes, DECODE_LIMITS);
  if (!data.ok) return data;
  try {
    const values = fieldsOf(data.value, 'the datum', 0, FIELDS.length);
    const at = (name: Field) => values[FIELDS.indexOf(name)];
    const hex = (name: Field) => bytesField(at(name), name);
    const int = (name: Field) => intField(at(name), name);
    return ok({
      buyer: address(at('buyer'), 'buyer'),
      buyer_return_address: optionalAddress(at('buyer_return_address'), 'buyer_return_address'),
      seller: address(at('seller'), 'seller'),
      seller_return_address: optionalAddress(at('seller_return_address'), 'seller_return_address'),
      reference_key: hex('reference_key'),
      reference_signature: hex('reference_signature'),
      seller_nonce: hex('seller_nonce'),
      buyer_nonce: hex('buyer_nonce'),
      agent_identifier: hex('agent_identifier'),
      collateral_return_lovelace: int('collateral_return_lovelace'),
      input_hash: hex('input_hash'),
      result_hash: hex('result_hash'),
      pay_by_time: int('pay_by_time'),
      submit_result_time: int('submit_result_time'),
      unlock_time: int('unlock_time'),
      external_dispute_unlock_time: int('external_dispute_unlock_time'),
      seller_cooldown_time: int('seller_cooldown_time'),
      buyer_cooldown_time: int('buyer_cooldown_time'),
      state: state(at('state')),
    });
  } catch (error) {
    if (error instanceof NotThisDatum) return err(error.message);
    throw error;
  }
}

function hexBytes(value: string): PlutusData {
  const bytes = fromHex(value);
  if (bytes === undefined) throw new RangeError('expected hex');
  return plutusBytes(bytes);
}

function credentialData({ kind, hash }: DatumCredential): PlutusData {
  return plutusConstructor(CREDENTIAL_KINDS.indexOf(kind), hexBytes(hash));
}

function optionData(some: PlutusData | undefined): PlutusData {
  return some === undefined ? plutusConstructor(1) : plutusConstructor(0, some);
}

function addressData({ payment, stake }: DatumAddress): PlutusData {
  if (stake?.kind === 'pointer')
    throw new RangeError('a pointer address cannot be written: its pointer is not kept');
  const inline = stake && plutusConstructor(0, credentialData(stake));
  return plutusConstructor(0, credentialData(payment), optionData(inline));
}

/**
 * The Plutus data of an escrow's datum.
 *
 * @throws RangeError for a pointer address.
 */
export function escrowDatumData(datum: EscrowDatum): PlutusData {
  const buyerReturn = datum.buyer_return_address;
  const sellerReturn = datum.seller_return_address;
  return plutusConstructor(
    0,
    addressData(datum.buyer),
    optionData(buyerReturn && addressData(buyerReturn)),
    addressData(datum.seller),
    optionData(sellerReturn && addressData(sellerReturn)),
    hexBytes(datum.reference_key),
    hexBytes(datum.reference_signature),
    hexBytes(datum.seller_nonce),
    hexBytes(datum.buyer_nonce),
    hexBytes(datum.agent_identifier),
    plutusInteger(datum.collateral_return_lovelace),
    hexBytes(datum.input_hash),
    hexBytes(datum.result_hash),
    plutusInteger(datum.pay_by_time),
    plutusInteger(datum.submit_result_time),
    plutusInteger(datum.unlock_time),
    plutusInteger(datum.external_dispute_unlock_time),
    plutusInteger(datum.seller_cooldown_time),
    plutusInteger(datum.buyer_cooldown_time),
    plutusConstructor(Number(datum.state)),
  );
}

/** An address as a datum writes it. */
export function datumAddressOf({ payment, stake }: ShelleyAddress): DatumAddress {
  return { payment, stake };
}

/** Whether two addresses pay the same credentials. */
export function sameAddress(one: DatumAddress | undefined, other: DatumAddress | undefined): boolean {
  const textOf = ({ payment, stake }: DatumAddress) =>
    [payment, ...(stake === undefined ? [] : [stake])]
      .map((part) => (part.kind === 'pointer' ? part.kind : `${part.kind} ${part.hash}`))
      .join(', ');
  if (one === undefined || other === undefined) return one === other;
  return textOf(one) === textOf(other);
}
