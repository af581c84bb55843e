import type { Network, OutRefKey, TxHash } from '@x402-facilitator/cardano';

/**
 * The names of the journal's keys. All share one hash tag with BullMQ's keys, so that a script may use any of them on a
 * Redis Cluster too.
 */
export type JournalKeys = {
  /** The prefix of all this network's names. Scripts build the names of held inputs from it. */
  readonly prefix: string;
  readonly channel: string;
  /** Sorted sets of transaction ids; the score is named. */
  readonly pending: string; // queuedAtMs
  readonly awaiting: string; // expiresAtMs
  readonly included: string; // block height
  readonly watched: string; // end of the stability window, POSIX ms
  readonly due: string; // when to look again, POSIX ms
  /** Confirmed in a block, and no receipt signed yet. Scripts build its name from the prefix. */
  readonly receiptsDue: string; // settledAtMs
  readonly lease: string;
  readonly leaseFence: string;
  readonly chainWindow: string;
  /** While this key exists, no new settlements are accepted. Its value says why. */
  readonly pause: string;
  /** Totals of everything settled. Scripts build its name from the prefix. */
  readonly totals: string;
  record(txHash: TxHash): string;
  hold(input: OutRefKey): string;
  terms(digest: string): string;
  reservations(payer: string): string;
};

export function journalKeys(network: Network): JournalKeys {
  const prefix = `{x402}:journal:${network.slice('cardano:'.length)}`;
  return {
    prefix,
    channel: `${prefix}:events`,
    pending: `${prefix}:pending`,
    awaiting: `${prefix}:awaiting`,
    included: `${prefix}:included`,
    watched: `${prefix}:watched`,
    due: `${prefix}:due`,
    receiptsDue: `${prefix}:receipts-due`,
    lease: `${prefix}:lease`,
    leaseFence: `${prefix}:lease-fence`,
    chainWindow: `${prefix}:chain`,
    pause: `${prefix}:pause`,
    totals: `${prefix}:totals`,
    record: (txHash) => `${prefix}:settlement:${txHash}`,
    hold: (input) => `${prefix}:hold:${input}`,
    terms: (digest) => `${prefix}:terms:${digest}`,
    reservations: (payer) => `${prefix}:reservations:${payer}`,
  };
}
