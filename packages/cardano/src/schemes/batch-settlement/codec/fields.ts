import { DECODE_LIMITS } from '../../../ledger/cbor/decode-limits.js';
import { type PlutusData, readPlutusData } from '../../../ledger/plutus/index.js';
import { toHex } from '../../../ledger/primitives/hex.js';
import { err, ok, type Result } from '../../../result.js';

/** Data is not what the binding says; the message names the field, what was expected and what was found. */
class NotTheForm extends Error {}

/** Reads Plutus data by the form that the binding gives, in any encoding of it, or tells which field is not of the form. */
export function readForm<T>(bytes: Uint8Array, formOf: (data: PlutusData) => T): Result<T, string> {
  const data = readPlutusData(bytes, DECODE_LIMITS);
  if (!data.ok) return data;
  try {
    return ok(formOf(data.value));
  } catch (error) {
    if (error instanceof NotTheForm) return err(error.message);
    throw error;
  }
}

function fail(name: string, expected: string, { kind }: PlutusData): never {
  throw new NotTheForm(`${name}: expected ${expected}, found a ${kind}`);
}

/** The items of a list of exactly this many. */
export function listOf<const Length extends number>(data: PlutusData, length: Length, name: string) {
  if (data.kind !== 'list') return fail(name, `a list of ${length}`, data);
  if (data.items.length !== length)
    throw new NotTheForm(`${name}: expected a list of ${length}, found one of ${data.items.length}`);
  return data.items;
}

/** A constructor of a number and so many fields; `undefined` for another one. */
export function fieldsOf(data: PlutusData, index: number, count: number): readonly PlutusData[] | undefined {
  const isIt = data.kind === 'constructor' && data.index === BigInt(index) && data.fields.length === count;
  return isIt ? data.fields : undefined;
}

/** An item that must be there. */
export function itemAt(items: readonly PlutusData[], at: number, name: string): PlutusData {
  const item = items[at];
  if (item === undefined) throw new NotTheForm(`${name}: expected a value, found nothing`);
  return item;
}

/** Bytes of a length, as lowercase hex. */
export function hexOf(data: PlutusData, min: number, max: number, name: string): string {
  const expected = `${min === max ? min : `${min} to ${max}`} bytes`;
  if (data.kind !== 'bytes') return fail(name, expected, data);
  const { length } = data.value;
  if (length < min || length > max) throw new NotTheForm(`${name}: expected ${expected}, found ${length}`);
  return toHex(data.value);
}

/** A number that is not negative. */
export function naturalOf(data: PlutusData, name: string): bigint {
  if (data.kind !== 'int') return fail(name, 'an integer', data);
  if (data.value < 0n) throw new NotTheForm(`${name}: expected an integer from 0, found ${data.value}`);
  return data.value;
}

/** Data that none of a field's forms is. */
export function noForm(name: string, expected: string, data: PlutusData): never {
  return fail(name, expected, data);
}
