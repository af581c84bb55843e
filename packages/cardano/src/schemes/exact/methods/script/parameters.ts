import {
  type PlutusData,
  plutusBytes,
  plutusConstructor,
  plutusInteger,
} from '../../../../ledger/plutus/index.js';
import { fromHex } from '../../../../ledger/primitives/hex.js';
import { quote } from '../../../quote.js';
import { LIMITS } from './limits.js';

/** One spelling per number: no plus sign, no leading zero, no minus zero. */
const CANONICAL_INTEGER = /^(?:0|-?[1-9][0-9]*)$/;
const LOWERCASE_HEX = /^[0-9a-f]*$/;

function integerOf(value: unknown): PlutusData | string {
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) return plutusInteger(BigInt(value));
    return 'expected a safe integer, or any other integer as a decimal string';
  }
  if (typeof value !== 'string' || value.length > LIMITS.integerDigits || !CANONICAL_INTEGER.test(value))
    return `expected an integer in canonical decimal form of at most ${LIMITS.integerDigits} characters`;
  return plutusInteger(BigInt(value));
}

function bytesOf(value: unknown): PlutusData | string {
  const bytes = typeof value === 'string' && LOWERCASE_HEX.test(value) ? fromHex(value) : undefined;
  return bytes === undefined ? 'expected whole bytes in lowercase hex' : plutusBytes(bytes);
}

/** The data of one typed value; what was expected of it, as a string, when it is none. */
function dataOf(type: unknown, value: unknown): PlutusData | string {
  switch (type) {
    case 'bytes':
      return bytesOf(value);
    case 'string':
      return typeof value === 'string' ? plutusBytes(new TextEncoder().encode(value)) : 'expected a string';
    case 'bigint':
    case 'integer':
      return integerOf(value);
    case 'boolean':
      return typeof value === 'boolean' ? plutusConstructor(value ? 1 : 0) : 'expected true or false';
    default:
      return 'expected the type bytes, string, bigint, integer or boolean';
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function charactersOf(entries: readonly (readonly [string, unknown])[]): number {
  return entries.reduce((total, [name, parameter]) => {
    const value = isRecord(parameter) ? parameter.value : undefined;
    return total + name.length + (typeof value === 'string' ? value.length : 1);
  }, 0);
}

/**
 * Reads `extra.parameters`: `{name: {type, value}}`, in the order in which they are written. A string is its UTF-8 bytes
 * and a boolean the constructor of Plutus (source: scheme, "Script assetTransferMethod Schema").
 *
 * @returns what is wrong, beginning with its path, as a string.
 */
export function readParameters(given: unknown): readonly PlutusData[] | string {
  if (given === undefined) return [];
  if (!isRecord(given)) return `parameters: expected an object of parameters, found ${quote(given)}`;
  const entries = Object.entries(given);
  if (entries.length > LIMITS.parameters)
    return `parameters: expected at most ${LIMITS.parameters}, found ${entries.length}`;
  const characters = charactersOf(entries);
  if (characters > LIMITS.parameterCharacters)
    return `parameters: expected at most ${LIMITS.parameterCharacters} characters, found ${characters}`;
  const parameters: PlutusData[] = [];
  for (const [name, parameter] of entries) {
    const path = `parameters[${quote(name)}]`;
    if (!isRecord(parameter)) return `${path}: expected {"type", "value"}, found ${quote(parameter)}`;
    const { type, value } = parameter;
    const data = dataOf(type, value);
    if (typeof data === 'string') return `${path}: ${data}, found ${quote(value)} of type ${quote(type)}`;
    parameters.push(data);
  }
  return parameters;
}
