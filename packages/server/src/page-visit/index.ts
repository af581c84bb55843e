import { AsyncLocalStorage } from 'node:async_hooks';

/** One request without a payment, which a page for people may answer. */
export type PageVisit = {
  readonly method: string | undefined;
  readonly acceptLanguage: string | undefined;
  /** What must go with the page that was made, once one was. */
  headers?: Readonly<Record<string, string>>;
};

/** A file of the page, as an answer. */
export type PageAsset = {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
};

/** The query by which a page asks for its own files, at the address of what is for sale. */
export const ASSET_QUERY = 'x402-paywall';

// Bundlers may load this file twice; both copies must mean the same visit and the same files.
const NAME = Symbol.for('@x402-facilitator/server/page');
type Shared = { readonly visits: AsyncLocalStorage<PageVisit>; readonly assets: Map<string, PageAsset> };
const holder = globalThis as { [NAME]?: Shared };
holder[NAME] ??= { visits: new AsyncLocalStorage(), assets: new Map() };
const { visits, assets } = holder[NAME];

/** Runs what may make a page. The maker of the page is handed nothing of the request, so it is told here. */
export const runPageVisit = <T>(visit: PageVisit, run: () => T): T => visits.run(visit, run);

/** Undefined where a seller's own server makes the page. */
export const currentPageVisit = (): PageVisit | undefined => visits.getStore();

export const offerPageAsset = (name: string, asset: PageAsset): void => void assets.set(name, asset);

/** The file that a request asks for. */
export function pageAsset({
  method,
  url,
}: {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
}): PageAsset | undefined {
  if (assets.size === 0 || method !== 'GET') return undefined;
  const name = new RegExp(`[?&]${ASSET_QUERY}=([\\w.-]{1,64})$`).exec(url)?.[1];
  return name === undefined ? undefined : assets.get(name);
}
