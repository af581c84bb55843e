import { z } from 'zod';
import {
  type PlutusData,
  plutusBytes,
  plutusConstructor,
  plutusInteger,
} from '../../../../ledger/plutus/index.js';
import { err, ok, type Result } from '../../../../result.js';
import { quote } from '../../../quote.js';
import { hexBytes, parseShape, text, told } from '../../../shape.js';

/**
 * Bounds that are judged before any work is done. A script or datum of this size fits no transaction; they limit the work
 * that a request can ask for.
 */
export const LIMITS = {
  scriptBytes: 65_536,
  datumBytes: 65_536,
  parameters: 64,
  /** All names and values together, as they are written. */
  parameterCharacters: 131_072,
  integerDigits: 128,
} as const;

const EXPECTED_INTEGER = `an integer: a safe number, or a decimal string of at most ${LIMITS.integerDigits} characters with neither plus sign nor leading zero`;
const expectedInteger = told(EXPECTED_INTEGER);

const integer = z.union([
  z.int(expectedInteger).refine((value) => !Object.is(value, -0), expectedInteger),
  text(/^(?:0|-?[1-9][0-9]*)$/, LIMITS.integerDigits, EXPECTED_INTEGER),
]);

const lowercaseBytes = hexBytes(/^[0-9a-f]*$/, LIMITS.parameterCharacters, 'whole bytes in lowercase hex');

const parameterSchema = z.discriminatedUnion(
  'type',
  [
    z.object({ type: z.literal('bytes'), value: lowercaseBytes.transform(plutusBytes) }),
    z.object({
      type: z.literal('string'),
      value: z.string(told('a string')).transform((value) => plutusBytes(new TextEncoder().encode(value))),
    }),
    z.object({
      type: z.literal(['bigint', 'integer']),
      value: integer.transform((value) => plutusInteger(BigInt(value))),
    }),
    z.object({
      type: z.literal('boolean'),
      value: z.boolean(told('true or false')).transform((value) => plutusConstructor(value ? 1 : 0)),
    }),
  ],
  {
    error: ({ input }) =>
      isRecord(input)
        ? `expected bytes, string, bigint, integer or boolean, found ${quote(input.type)}`
        : `expected {"type", "value"}, found ${quote(input)}`,
  },
);

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
    const data = parseShape(parameterSchema, parameter, `parameters[${quote(name)}]`);
    if (!data.ok) return data;
    parameters.push(data.value.value);
  }
  return ok(parameters);
}
