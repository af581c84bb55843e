import { quote } from '../../../quote.js';

/** Thrown inside the reader of requirements only, which turns it into a refusal. */
export class NotOfShape extends Error {}

/** A JSON value with its place, such as `paymentRequirements.extra.terms`. */
export type Place = { readonly value: unknown; readonly path: string };

export function misshapen(place: Place, expected: string): never {
  throw new NotOfShape(`${place.path}: expected ${expected}, found ${quote(place.value)}`);
}

/** The fields of an object that has all of `required`, maybe some of `optional`, and nothing else. */
export function closedObject<const Required extends string, const Optional extends string = never>(
  place: Place,
  required: readonly Required[],
  optional: readonly Optional[] = [],
): { readonly [Name in Required]: Place } & { readonly [Name in Optional]?: Place } {
  const { value, path } = place;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return misshapen(place, 'an object');
  const known: readonly string[] = [...required, ...optional];
  const fields = Object.entries(value).map(([name, field]) => {
    if (!known.includes(name)) {
      throw new NotOfShape(`${path}: expected no field but ${known.join(', ')}, found ${quote(name)}`);
    }
    return [name, { value: field as unknown, path: `${path}.${name}` }] as const;
  });
  const found: Partial<Record<string, Place>> = Object.fromEntries(fields);
  const missing = required.find((name) => found[name] === undefined);
  if (missing !== undefined) throw new NotOfShape(`${path}.${missing}: expected a value, found nothing`);
  return found as { readonly [Name in Required]: Place } & { readonly [Name in Optional]?: Place };
}

/** The elements of an array of 1 to `max`. */
export function boundedArray(place: Place, max: number): readonly Place[] {
  const { value, path } = place;
  if (!Array.isArray(value) || value.length === 0 || value.length > max)
    return misshapen(place, `an array of 1 to ${max}`);
  return value.map((element: unknown, at) => ({ value: element, path: `${path}[${at}]` }));
}

export function literal<const Value extends string | boolean>(place: Place, expected: Value): Value {
  return place.value === expected ? expected : misshapen(place, JSON.stringify(expected));
}

/** A string; its length decides before its pattern is tried. */
export function text(
  place: Place,
  { pattern, maxLength, expected }: { pattern?: RegExp; maxLength: number; expected: string },
): string {
  const { value } = place;
  if (typeof value !== 'string' || value.length > maxLength || pattern?.test(value) === false)
    return misshapen(place, expected);
  return value;
}

const LOWERCASE_HEX = /^(?:[0-9a-f]{2})*$/;

/** Lowercase hex of `min` to `max` bytes. */
export function lowercaseHex(place: Place, { min, max }: { min: number; max: number }): string {
  const size = min === max ? `${min}` : `${min} to ${max}`;
  const expected = `lowercase hex of ${size} bytes`;
  const value = text(place, { pattern: LOWERCASE_HEX, maxLength: 2 * max, expected });
  return value.length >= 2 * min ? value : misshapen(place, expected);
}
