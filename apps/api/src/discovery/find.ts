import { type AssetId, isKnownAsset, knownAsset, parseNetwork } from '@x402-facilitator/cardano';
import type { DiscoveryResource } from '@x402-facilitator/shared/wire';

/** What a resource must have. One of its terms must meet all that is asked of terms. */
export type Filters = {
  readonly type?: string | undefined;
  readonly payTo?: string | undefined;
  readonly scheme?: string | undefined;
  readonly network?: string | undefined;
  readonly asset?: string | undefined;
  readonly maxAmount?: string | undefined;
  readonly maxUsdPrice?: string | undefined;
  readonly extensions?: string | undefined;
};

/** Micro-dollars. */
const USD_DECIMALS = 6;
/** Readers of an answer stop at 4 MiB. */
const MAX_PAGE_BYTES = 3 * 1024 * 1024;
const MAX_WORDS = 32;

export function matching(filters: Filters): (item: DiscoveryResource) => boolean {
  const { type, payTo, scheme, asset, extensions } = filters;
  const network =
    filters.network === undefined ? undefined : (parseNetwork(filters.network) ?? filters.network);
  const most = filters.maxAmount === undefined ? undefined : BigInt(filters.maxAmount);
  const mostUsd = filters.maxUsdPrice === undefined ? undefined : microUsd(filters.maxUsdPrice);
  const isSame = (wanted: string | undefined, found: string) => wanted === undefined || wanted === found;
  const isMet = (terms: DiscoveryResource['accepts'][number]) =>
    isSame(payTo, terms.payTo) &&
    isSame(scheme, terms.scheme) &&
    isSame(network, terms.network) &&
    isSame(asset, terms.asset) &&
    (most === undefined || BigInt(terms.amount) <= most) &&
    (mostUsd === undefined || isWithin(mostUsd, terms));
  return (item) =>
    isSame(type, item.type) &&
    (extensions === undefined || Object.hasOwn(item.extensions ?? {}, extensions)) &&
    item.accepts.some(isMet);
}

function isWithin(mostMicroUsd: bigint, { asset, amount }: DiscoveryResource['accepts'][number]): boolean {
  if (!isKnownAsset(asset as AssetId)) return false;
  const { isUsd, decimals } = knownAsset(asset as AssetId);
  return isUsd && BigInt(amount) * 10n ** BigInt(USD_DECIMALS - decimals) <= mostMicroUsd;
}

function microUsd(dollars: string): bigint {
  const [whole = '0', fraction = ''] = dollars.split('.');
  return BigInt(whole + fraction.padEnd(USD_DECIMALS, '0'));
}

/** As many items as were asked for and fit into one answer. */
export function pageOf(
  items: readonly DiscoveryResource[],
  { offset, limit }: { readonly offset: number; readonly limit: number },
): readonly DiscoveryResource[] {
  const page: DiscoveryResource[] = [];
  let bytes = 0;
  for (const item of items.slice(offset, offset + limit)) {
    bytes += Buffer.byteLength(JSON.stringify(item));
    if (page.length > 0 && bytes > MAX_PAGE_BYTES) break;
    page.push(item);
  }
  return page;
}

const wordsIn = (text: string) => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

/** Those that have a word of the query, the best matches first. */
export function ranked(items: readonly DiscoveryResource[], query: string): readonly DiscoveryResource[] {
  const wanted = [...new Set(wordsIn(query))].slice(0, MAX_WORDS);
  return items
    .map((item) => ({ item, score: scoreOf(item, wanted) }))
    .filter(({ score }) => score > 0)
    .sort((left, right) => right.score - left.score)
    .map(({ item }) => item);
}

function scoreOf(item: DiscoveryResource, wanted: readonly string[]): number {
  const { serviceName, tags, description, toolName, resource } = item;
  const named = new Set([serviceName, toolName, tags].flat().flatMap((text) => wordsIn(textOf(text))));
  const told = new Set([description, resource].flatMap((text) => wordsIn(textOf(text))));
  const rest = [...named, ...told].join(' ');
  return wanted.reduce(
    (sum, word) =>
      sum + (named.has(word) ? 4 : told.has(word) ? 3 : word.length > 2 && rest.includes(word) ? 1 : 0),
    0,
  );
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
