import type { RouteContext } from '../route.js';

/** A list of strings in the body, such as `_tx_hashes`. Anything else in the list is left out. */
export function textsIn({ body }: RouteContext, name: string): readonly string[] {
  const list: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
  return Array.isArray(list) ? list.filter((item): item is string => typeof item === 'string') : [];
}

/** One page of the rows, by PostgREST's `limit` and `offset`. */
export function pageOf<T>({ query }: RouteContext, rows: readonly T[]): T[] {
  const offset = Number(query.offset ?? 0);
  return rows.slice(offset, offset + Number(query.limit ?? 1000));
}
