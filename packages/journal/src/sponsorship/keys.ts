import type { Network } from '@x402-facilitator/cardano';

/** The names of the pool's keys, under the hash tag of the journal: scripts look at both. */
export type SponsorshipKeys = {
  readonly prefix: string;
  /** Hash: the pool as published. */
  readonly pool: string;
  /** Hash: lovelace by published output. */
  readonly known: string;
  /** Sorted set of outputs by when they became free: the one free for longest is lent first. */
  readonly free: string;
  /** Hash: sponsorship id by claimed output. */
  readonly taken: string;
  /** Sorted set of spent outputs by until when a lagging provider may still show them. */
  readonly retired: string;
  /** Sorted set of reserved ids by expiry. */
  readonly open: string;
  /** Sorted set of bound and signed ids by when they were bound. */
  readonly bound: string;
  /** Hash of counters. */
  readonly books: string;
  /** JSON: the wallet's own transaction in flight. */
  readonly poolTransaction: string;
  reservation(id: string): string;
};

export function sponsorshipKeys(network: Network): SponsorshipKeys {
  const prefix = `{x402}:sponsorship:${network.slice('cardano:'.length)}`;
  return {
    prefix,
    pool: `${prefix}:pool`,
    known: `${prefix}:known`,
    free: `${prefix}:free`,
    taken: `${prefix}:taken`,
    retired: `${prefix}:retired`,
    open: `${prefix}:open`,
    bound: `${prefix}:bound`,
    books: `${prefix}:books`,
    poolTransaction: `${prefix}:pool-transaction`,
    reservation: (id) => `${prefix}:reservation:${id}`,
  };
}
