import { createHash } from 'node:crypto';
import type { Network } from '@x402-facilitator/cardano';

/**
 * The names of the catalogue's keys. It is one for all networks, and shares the journal's hash tag: the script that
 * settles a payment lists what the payment declares.
 */
export const DISCOVERY_PREFIX = '{x402}:discovery';

export const DISCOVERY_KEYS = {
  /** Sorted set of ids; the score is when a payment for it last settled, POSIX ms. */
  listed: `${DISCOVERY_PREFIX}:listed`,
  /** Hash of ids that their seller has withdrawn, and when, POSIX ms. */
  withdrawn: `${DISCOVERY_PREFIX}:withdrawn`,
  /** Hash of the URLs and origins that an operator has delisted, as JSON. */
  delisted: `${DISCOVERY_PREFIX}:delisted`,
  /** Hash of why the last settled payment for a page did not list it; its sorted set is `noted`. */
  notes: `${DISCOVERY_PREFIX}:notes`,
  /** Scripts build its name from the prefix, and so that of the sorted set of each host's ids. */
  noted: `${DISCOVERY_PREFIX}:noted`,
  resource: (id: string) => `${DISCOVERY_PREFIX}:resource:${id}`,
} as const;

const digest = (...parts: readonly string[]) =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex');

/** What a listing is known by: a URL may have several methods, or several tools. */
export function resourceId(network: Network, url: string, endpoint: string): string {
  return digest('resource', network, url, endpoint);
}

/** What a reason is known by: a declaration that cannot be read names no method. */
export function noteId(network: Network, url: string): string {
  return digest('note', network, url);
}
