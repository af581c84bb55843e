import {
  type PlutusData,
  plutusBytes,
  plutusConstructor,
  plutusInteger,
} from '../../../../ledger/plutus/index.js';
import { fromHex } from '../../../../ledger/primitives/hex.js';
import { err, ok, type Result } from '../../../../result.js';
import { quote } from '../../../quote.js';
import { LIMITS } from './limits.js';

/** One spelling per number: no plus sign, no leading zero, no minus zero. */
const CANONICAL_INTEGER = /^(?:0|-?[1-9][0-9]*)$/;
const LOWERCASE_HEX = /^[0-9a-f]*$/;

function integerOf(value: unknown): Result<PlutusData, string> {
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) return ok(plutusInteger(BigInt(value)));
    return err('expected a safe integer, or any other integer as a decimal string');
  }
  if (typeof value !== 'string' || value.length > LIMITS.integerDigits || !CANONICAL_INTEGER.test(value))
    return err(`expected an integer in canonical decimal form of at most ${LIMITS.integerDigits} characters`);
  return ok(plutusInteger(BigInt(value)));
}

function bytesOf(value: unknown): Result<PlutusData, string> {
  const bytes = typeof value === 'string' && LOWERCASE_HEX.test(value) ? fromHex(value) : undefined;
  return bytes === undefined ? err('expected whole bytes in lowercase hex') : ok(plutusBytes(bytes));
}

/** The data of one typed value, or what was expected of it. */
function dataOf(type: unknown, value: unknown): Result<PlutusData, string> {
  switch (type) {
    case 'bytes':
      return bytesOf(value);
    case 'string':
      return typeof value === 'string'
        ? ok(plutusBytes(new TextEncoder().encode(value)))
        : err('expected a string');
    case 'bigint':
    case 'integer':
      return integerOf(value);
    case 'boolean':
      return typeof value === 'boolean'
        ? ok(plutusConstructor(value ? 1 : 0))
        : err('expected true or false');
    default:
      return err('expected the type bytes, string, bigint, integer or boolean');
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
 * @returns the data, or what is wrong, beginning with its path.
 */
export function readParameters(given: unknown): Result<readonly PlutusData[], string> {
  if (given === undefined) return ok([]);
  if (!isRecord(given)) return err(`parameters: expected an object of parameters, found ${quote(given)}`);
  const entries = Object.entries(given);
  if (entries.length > LIMITS.parameters)
    return err(`parameters: expected at most ${LIMITS.parameters}, found ${entries.length}`);
  const characters = charactersOf(entries);
  if (characters > LIMITS.parameterCharacters)
    return err(`parameters: expected at most ${LIMITS.parameterCharacters} characters, found ${characters}`);
  const parameters: PlutusData[] = [];
  for (const [name, parameter] of entries) {
    const path = `parameters[${quote(name)}]`;
    if (!isRecord(parameter)) return err(`${path}: expected {"type", "value"}, found ${quote(parameter)}`);
    const { type, value } = parameter;
    const data = dataOf(type, value);
    if (!data.ok) return err(`${path}: ${data.error}, found ${quote(value)} of type ${quote(type)}`);
    parameters.push(data.value);
  }
  return ok(parameters);
}
