import type { Network } from '@x402-facilitator/cardano';
import { noteId, resourceId } from './keys.js';

/** How much the catalogue holds, and for how long. */
export type DiscoveryBounds = {
  readonly maxResources: number;
  readonly maxPerHost: number;
  /** Without a settled payment for so long, a listing is not shown any more. */
  readonly expireMs: number;
};

/** What a payment declares about the resource that it pays for, or why that cannot be listed. */
export type DiscoveryCandidate = DiscoveryBounds & {
  /** Without query and fragment. */
  readonly url: string;
} & (
    | {
        readonly kind: 'listing';
        /** The method or the tool. */
        readonly endpoint: string;
        readonly origin: string;
        /** What is shown of it, as JSON. */
        readonly listing: string;
        /** Scheme and asset. */
        readonly termsOf: string;
        /** What it costs in that scheme and asset, as JSON. */
        readonly terms: string;
      }
    | { readonly kind: 'refusal'; readonly refusal: DiscoveryRefusal }
  );

export type DiscoveryRefusal = {
  readonly code: string;
  readonly message: string;
  /** Where in the declaration. */
  readonly path?: string;
};

/** The field of the record, as the script reads it. */
export function encodeCandidate(network: Network, candidate: DiscoveryCandidate): string {
  const { url, maxResources, maxPerHost, expireMs } = candidate;
  const shared = { url, note: noteId(network, url), maxResources, maxPerHost, expireMs };
  if (candidate.kind === 'refusal') return JSON.stringify({ ...shared, refusal: candidate.refusal });
  const { endpoint, origin, listing, termsOf, terms } = candidate;
  return JSON.stringify({
    ...shared,
    id: resourceId(network, url, endpoint),
    host: origin,
    delistedBy: [url, origin],
    listing,
    termsOf,
    terms,
  });
}
