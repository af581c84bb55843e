import type { Network } from '@x402-facilitator/cardano';

/** The names of the pool's keys, under the hash tag of the journal: scripts look at both. */
export function sponsorshipKeys(network: Network) {
  const prefix = `{x402}:sponsorship:${network.slice('cardano:'.length)}`;
  return {
    prefix,
    /** Hash: the pool as published. */
    pool: `${prefix}:pool`,
    /** Hash: lovelace by published output. */
    known: `${prefix}:known`,
    /** Sorted set of outputs by when they became free: the longest rested is lent first. */
    free: `${prefix}:free`,
    /** Hash: sponsorship id by claimed output. */
    taken: `${prefix}:taken`,
    /** Sorted set of spent outputs by until when a lagging provider may still show them. */
    retired: `${prefix}:retired`,
    /** Sorted set of reserved ids by expiry. */
    open: `${prefix}:open`,
    /** Sorted set of bound and signed ids by when they were bound. */
    bound: `${prefix}:bound`,
    /** Hash of counters. */
    books: `${prefix}:books`,
    /** JSON: the wallet's own transaction that is under way. */
    poolTransaction: `${prefix}:pool-transaction`,
    reservation: (id: string) => `${prefix}:reservation:${id}`,
  };
}
