import type { DiscoveryNote } from '@x402-facilitator/journal';
import { type DiscoveryStatusResponse, isoTime } from '@x402-facilitator/shared/wire';
import { type Reason, reasonOf, reasonOfNote } from './reasons.js';
import { listedAs } from './resource-url.js';
import type { Shelved } from './shelf.js';

/** How many listings of one URL are told of. */
const MAX_TOLD = 50;

/** Why it is not shown; `undefined` while it is. */
export function hiddenReason(
  { delisting, withdrawnAtMs, expiresAtMs }: Shelved,
  nowMs: number,
): Reason | undefined {
  if (delisting !== undefined) return reasonOf('delisted_by_operator', delisting.reason);
  if (withdrawnAtMs !== undefined) return reasonOf('withdrawn_by_seller');
  return expiresAtMs <= nowMs ? reasonOf('expired') : undefined;
}

/** The listings of a URL; one of a route with parameters is also that of each of its paths. */
export function listingsOf(shelf: readonly Shelved[], location: URL): readonly Shelved[] {
  const plain = listedAs(location, undefined).url;
  return shelf.filter(({ stored: { url } }) => {
    if (url === plain) return true;
    if (!url.startsWith(`${location.origin}/`) || !url.includes('/:')) return false;
    return listedAs(location, url.slice(location.origin.length)).url === url;
  });
}

/** What a seller reads about one URL. */
export function statusOf(
  location: URL,
  facts: {
    readonly shelved: readonly Shelved[];
    readonly notes: readonly DiscoveryNote[];
    readonly nowMs: number;
  },
): DiscoveryStatusResponse {
  const listings = facts.shelved.slice(0, MAX_TOLD).map((shelved) => {
    const { stored, item, settledAtMs, expiresAtMs } = shelved;
    const reason = hiddenReason(shelved, facts.nowMs) ?? null;
    return {
      network: stored.network,
      type: item.type,
      name: item.method ?? item.toolName ?? '',
      payTo: stored.payTo,
      isListed: reason === null,
      reason,
      isChanging: stored.isChanging,
      lastSettledAt: isoTime(settledAtMs),
      expiresAt: isoTime(expiresAtMs),
    };
  });
  const refusals = facts.notes.map((note) => ({
    network: note.network,
    reason: reasonOfNote(note),
    transaction: note.transaction,
    payTo: note.payTo,
    at: isoTime(note.atMs),
  }));
  const isListed = listings.some((listing) => listing.isListed);
  const why = listings[0]?.reason ?? refusals[0]?.reason ?? reasonOf('never_settled');
  return {
    resource: facts.shelved[0]?.stored.url ?? listedAs(location, undefined).url,
    status: isListed ? 'listed' : 'not_listed',
    reason: isListed ? null : why,
    listings,
    refusals,
  };
}

/** Of a URL that cannot be listed at all. */
export function refusedStatus(resource: string, problem: string): DiscoveryStatusResponse {
  return {
    resource,
    status: 'not_listed',
    reason: reasonOf('url_refused', problem),
    listings: [],
    refusals: [],
  };
}
