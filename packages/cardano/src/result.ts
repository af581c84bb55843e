/**
 * The outcome of something with expected ways to fail: a value, or what is wrong. Unexpected failures are thrown instead. A
 * parser or look-up whose caller needs no reason gives `undefined` (`fromHex`, `parseNetwork`, `parseOutRef`).
 *
 * @example
 * const address = parseAddress('addr_test1…');
 * if (!address.ok) throw new Error(`not an address: ${address.error}`);
 * console.log(address.value.networkId);
 */
export type Result<T, E> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E };

/**
 * Success, with its value.
 *
 * @example
 * const parse = (text: string): Result<number, string> =>
 *   /^\d+$/.test(text) ? ok(Number(text)) : err(`expected a number, found ${text}`);
 */
export function ok<T>(value: T): Result<T, never> {
  return { ok: true, value };
}

/**
 * Failure, with its reason.
 *
 * @example
 * err('expected a number, found x'); // { ok: false, error: 'expected a number, found x' }
 */
export function err<E>(error: E): Result<never, E> {
  return { ok: false, error };
}

/** Success without a value, for checks. */
export const DONE: Result<undefined, never> = ok(undefined);
