/**
 * What came of something that may fail in ways that are expected: a value, or what is wrong. Unexpected failures are
 * thrown instead.
 *
 * @example
 * const address = parseAddress('addr_test1…');
 * if (!address.ok) throw new Error(`not an address: ${address.error}`);
 * console.log(address.value.networkId);
 */
export type Result<T, E> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E };

/** It worked, and this is what came of it. */
export function ok<T>(value: T): Result<T, never> {
  return { ok: true, value };
}

/** It failed, and this is why. */
export function err<E>(error: E): Result<never, E> {
  return { ok: false, error };
}

/** It worked, and nothing is left to say: what a check that only looks gives. */
export const DONE: Result<undefined, never> = ok(undefined);
