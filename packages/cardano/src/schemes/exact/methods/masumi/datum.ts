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

/** An address as a datum writes it, without its network. */
export type DatumAddress = {
  readonly payment: DatumCredential;
  /** A pointer names a registration certificate; since Conway no ledger rule reads it. */
  readonly stake: DatumCredential | { readonly kind: 'pointer' } | undefined;
};

export const FUNDS_LOCKED = 0n;
const CREDENTIAL_KINDS = ['key', 'script'] as const;
const CREDENTIAL_CHARACTERS = 56;

class NotThisDatum extends Error {}

/** The fields of constructor `index`. */
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

function isConstructor(data: PlutusData | undefined, index: number): boolean {
  return data?.kind === 'constructor' && data.index === BigInt(index);
}

/** How a field is read, by the name that messages give it, and written. */
type Codec<Value> = {
  readonly read: (data: PlutusData | undefined, name: string) => Value;
  readonly write: (value: Value) => PlutusData;
};

/** A byte string, as lowercase hex. */
const HEX: Codec<string> = {
  read(data, name) {
    if (data?.kind !== 'bytes') throw new NotThisDatum(`${name}: expected a byte string`);
    return toHex(data.value);
  },
  write(value) {
    const bytes = fromHex(value);
    if (bytes === undefined) throw new RangeError('expected hex');
    return plutusBytes(bytes);
  },
};

const INTEGER: Codec<bigint> = {
  read(data, name) {
    if (data?.kind !== 'int') throw new NotThisDatum(`${name}: expected an integer`);
    return data.value;
  },
  write: plutusInteger,
};

/** `Some` is constructor 0 with one field, `None` constructor 1 with none. */
function optional<Value>({ read, write }: Codec<Value>): Codec<Value | undefined> {
  return {
    read(data, name) {
      if (!isConstructor(data, 1)) return read(fieldsOf(data, name, 0, 1)[0], name);
      fieldsOf(data, name, 1, 0);
      return undefined;
    },
    write: (value) => (value === undefined ? plutusConstructor(1) : plutusConstructor(0, write(value))),
  };
}

const CREDENTIAL: Codec<DatumCredential> = {
  read(data, name) {
    const index = isConstructor(data, 1) ? 1 : 0;
    const hash = HEX.read(fieldsOf(data, name, index, 1)[0], name);
    if (hash.length !== CREDENTIAL_CHARACTERS) throw new NotThisDatum(`${name}: expected a hash of 28 bytes`);
    return { kind: CREDENTIAL_KINDS[index], hash };
  },
  write: ({ kind, hash }) => plutusConstructor(CREDENTIAL_KINDS.indexOf(kind), HEX.write(hash)),
};

const STAKE = optional<NonNullable<DatumAddress['stake']>>({
  read(data, name) {
    if (!isConstructor(data, 1)) return CREDENTIAL.read(fieldsOf(data, name, 0, 1)[0], name);
    for (const part of fieldsOf(data, name, 1, 3)) INTEGER.read(part, name);
    return { kind: 'pointer' };
  },
  write(stake) {
    if (stake.kind === 'pointer')
      throw new RangeError('a pointer address cannot be written: its pointer is not kept');
    return plutusConstructor(0, CREDENTIAL.write(stake));
  },
});

const ADDRESS: Codec<DatumAddress> = {
  read(data, name) {
    const [payment, stake] = fieldsOf(data, name, 0, 2);
    return { payment: CREDENTIAL.read(payment, name), stake: STAKE.read(stake, name) };
  },
  write: ({ payment, stake }) => plutusConstructor(0, CREDENTIAL.write(payment), STAKE.write(stake)),
};

/** The constructor of the state. The contract could not read a state with fields back: it would never release the funds. */
const STATE: Codec<bigint> = {
  read(data, name) {
    if (data?.kind !== 'constructor' || data.fields.length > 0)
      throw new NotThisDatum(`${name}: expected a constructor without fields`);
    return data.index;
  },
  write: (index) => plutusConstructor(Number(index)),
};

/**
 * The datum `masumi.vested_pay.v2`, its fields in the contract's order (scheme: "Escrow datum and client-computed
 * collateral"). Times are POSIX milliseconds.
 */
const FIELDS = {
  buyer: ADDRESS,
  buyer_return_address: optional(ADDRESS),
  seller: ADDRESS,
  seller_return_address: optional(ADDRESS),
  reference_key: HEX,
  reference_signature: HEX,
  seller_nonce: HEX,
  buyer_nonce: HEX,
  agent_identifier: HEX,
  collateral_return_lovelace: INTEGER,
  input_hash: HEX,
  result_hash: HEX,
  pay_by_time: INTEGER,
  submit_result_time: INTEGER,
  unlock_time: INTEGER,
  external_dispute_unlock_time: INTEGER,
  seller_cooldown_time: INTEGER,
  buyer_cooldown_time: INTEGER,
  state: STATE,
};

type Field = keyof typeof FIELDS;
const NAMES = Object.keys(FIELDS) as readonly Field[];

/** The datum, field by field. */
export type EscrowDatum = { readonly [Name in Field]: ReturnType<(typeof FIELDS)[Name]['read']> };

/** `FIELDS` again, in the type that pairs a field's codec with its value. */
const CODECS: { readonly [Name in Field]: Codec<EscrowDatum[Name]> } = FIELDS;

/**
 * Reads an inline datum as `masumi.vested_pay.v2`, in any encoding of its Plutus data.
 *
 * @returns the datum, or what is wrong with the bytes.
 */
export function readEscrowDatum(bytes: Uint8Array): Result<EscrowDatum, string> {
  const data = readPlutusData(bytes, DECODE_LIMITS);
  if (!data.ok) return data;
  try {
    const values = fieldsOf(data.value, 'the datum', 0, NAMES.length);
    const read = NAMES.map((name, at) => [name, FIELDS[name].read(values[at], name)] as const);
    return ok(Object.fromEntries(read) as EscrowDatum);
  } catch (error) {
    if (error instanceof NotThisDatum) return err(error.message);
    throw error;
  }
}

/**
 * The Plutus data of an escrow's datum.
 *
 * @throws RangeError for a pointer address.
 */
export function escrowDatumData(datum: EscrowDatum): PlutusData {
  const written = <Name extends Field>(name: Name) => CODECS[name].write(datum[name]);
  return plutusConstructor(0, ...NAMES.map(written));
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
