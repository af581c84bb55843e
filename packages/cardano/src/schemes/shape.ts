import { z } from 'zod';
import { fromHex } from '../ledger/primitives/hex.js';
import { err, ok, type Result } from '../result.js';
import { describeIssues } from '../validation/index.js';
import { quote } from './quote.js';

/** Options for a zod check: its message, and that no later check of the same value runs. */
export function told(expected: string) {
  return {
    abort: true,
    error: ({ input }: { readonly input?: unknown }) =>
      input === undefined ? 'expected a value, found nothing' : `expected ${expected}, found ${quote(input)}`,
  };
}

/** An object with these fields and no other. */
export function closed<const Shape extends z.ZodRawShape>(shape: Shape) {
  const names = Object.keys(shape).join(', ');
  const { error } = told('an object');
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `expected no field but ${names}, found ${quote(issue.keys?.[0])}`
        : error(issue),
  });
}

/** An array of 1 to `max`; its length is judged before its elements. */
export function bounded<Element extends z.ZodType>(element: Element, max: number) {
  const expected = told(`an array of 1 to ${max}`);
  return z.array(z.unknown(), expected).min(1, expected).max(max, expected).pipe(z.array(element));
}

/** A string of at most `maxLength` UTF-16 units, whose length is judged before its pattern. */
export function text(pattern: RegExp, maxLength: number, expected: string) {
  const options = told(expected);
  return z.string(options).max(maxLength, options).regex(pattern, options);
}

/** Lowercase hex of `min` to `max` bytes. */
export function lowercaseHex(min: number, max = min) {
  const expected = `lowercase hex of ${min === max ? min : `${min} to ${max}`} bytes`;
  return text(/^(?:[0-9a-f]{2})*$/, 2 * max, expected).min(2 * min, told(expected));
}

/** Bytes from hex of at most `maxLength` characters and of this pattern. */
export function hexBytes(pattern: RegExp, maxLength: number, expected: string) {
  return text(pattern, maxLength, expected).transform((given, { addIssue }) => {
    const bytes = fromHex(given);
    if (bytes !== undefined) return bytes;
    addIssue({ code: 'custom', message: told(expected).error({ input: given }) });
    return z.NEVER;
  });
}

/** Parses a value, or says what is wrong first: its place below `path`, expected and found. */
export function parseShape<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  path: string,
): Result<z.output<Schema>, string> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return ok(parsed.data);
  const mistakes = describeIssues(parsed.error).slice(0, 1);
  return err(mistakes.map(({ path: below, message }) => `${joined(path, below)}: ${message}`).join());
}

function joined(path: string, below: string): string {
  return path === '' || below === '' || below.startsWith('[') ? `${path}${below}` : `${path}.${below}`;
}
