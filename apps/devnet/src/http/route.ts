import type { ChainView, Ledger } from '../ledger/index.js';
import type { Answer } from './answer.js';

/** What a route can use. */
export type RouteContext = {
  readonly ledger: Ledger;
  /** The chain that this answer shows: up to the tip, or some blocks behind it under a `stale` fault. */
  readonly view: ChainView;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | undefined>>;
  /** The request's body: bytes, parsed JSON, or nothing. */
  readonly body: unknown;
};

/** One operation of the API. */
export type Route = {
  readonly method: 'GET' | 'POST';
  /** As Blockfrost's OpenAPI writes it, `/txs/{hash}/utxos`: requests are counted by this name. */
  readonly path: string;
  readonly handle: (context: RouteContext) => Answer | Promise<Answer>;
};

/** A path parameter that the route's own path declares. */
export function param(context: RouteContext, name: string): string {
  const value = context.params[name];
  if (value === undefined) throw new Error(`the route declares no parameter ${name}`);
  return value;
}

export function get(path: string, handle: Route['handle']): Route {
  return { method: 'GET', path, handle };
}
