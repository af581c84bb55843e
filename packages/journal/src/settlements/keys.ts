import type { Network, OutRefKey, TxHash } from '@x402-facilitator/cardano';

/**
 * The names of the journal's keys. All share one hash tag with BullMQ's keys, so that a script may use any of them on a
 * Redis Cluster too.
 */
export function journalKeys(network: Network) {
  const prefix = `{x402}:journal:${network.slice('cardano:'.length)}`;
  return {
    /** What every name of this network begins with. Scripts build the names of held inputs from it. */
    prefix,
    channel: `${prefix}:events`,
    /** Sorted sets of transaction ids; the score is named. */
    pending: `${prefix}:pending`, // queuedAtMs
    awaiting: `${prefix}:awaiting`, // expiresAtMs
    included: `${prefix}:included`, // block height
    watched: `${prefix}:watched`, // end of the stability window, POSIX ms
    due: `${prefix}:due`, // when to look again, POSIX ms
    /** Confirmed in a block, and no receipt signed yet. Scripts build its name from the prefix. */
    receiptsDue: `${prefix}:receipts-due`, // settledAtMs
    /** Ended for good and not archived. Scripts build its name from the prefix. */
    archiveDue: `${prefix}:archive-due`, // from when it is whole, POSIX ms
    /** Claimed in the last day. Scripts build its name from the prefix. */
    recent: `${prefix}:recent`, // queuedAtMs
    lease: `${prefix}:lease`,
    leaseFence: `${prefix}:lease-fence`,
    chainWindow: `${prefix}:chain`,
    /** The blocks after those, while they are being matched. */
    nextBlocks: `${prefix}:chain-next`,
    /** Why nothing new is taken on, while it is there. */
    pause: `${prefix}:pause`,
    /** What was ever settled. Scripts build its name from the prefix. */
    totals: `${prefix}:totals`,
    /** What channels hold. Scripts build these names, and those of what is known of each channel, from the prefix. */
    channels: `${prefix}:channels`,
    /** Claims from channels that are not done. */
    claims: `${prefix}:claims`, // queuedAtMs
    record: (txHash: TxHash) => `${prefix}:settlement:${txHash}`,
    hold: (input: OutRefKey) => `${prefix}:hold:${input}`,
    terms: (digest: string) => `${prefix}:terms:${digest}`,
    /** An operator's word about a payment without a record. */
    redeem: (txHash: TxHash) => `${prefix}:redeem:${txHash}`,
    reservations: (payer: string) => `${prefix}:reservations:${payer}`,
  };
}
