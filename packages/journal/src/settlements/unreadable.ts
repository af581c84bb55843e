import type { Network, TxHash } from '@x402-facilitator/cardano';
import type { UnreadableSettlement } from './settlement.js';

/** How long an index leaves out a record that could not be read, before it is tried again: it may be mended by then. */
const REST_MS = 60_000;

/**
 * Remembers the records that this process could not read. Each is reported once, and rests for a minute after each
 * look: however many there are, they never fill the batches in which the indexes are worked through.
 */
export function createUnreadableRecords({
  onUnreadable,
  now,
}: {
  readonly onUnreadable: ((record: UnreadableSettlement) => void) | undefined;
  /** POSIX milliseconds. */
  readonly now: () => number;
}) {
  const reported = new Set<TxHash>();
  const restUntilMs = new Map<Network, Map<TxHash, number>>();
  const restingOn = (network: Network) => {
    const resting = restUntilMs.get(network) ?? new Map<TxHash, number>();
    restUntilMs.set(network, resting);
    return resting;
  };
  return {
    note(record: UnreadableSettlement): void {
      restingOn(record.network).set(record.txHash, now() + REST_MS);
      if (!reported.has(record.txHash)) onUnreadable?.(record);
      reported.add(record.txHash);
    },
    /** It can be read again, or is gone. */
    forget: (network: Network, txHash: TxHash) => void restUntilMs.get(network)?.delete(txHash),
    isResting: (network: Network, txHash: TxHash) => (restingOn(network).get(txHash) ?? 0) > now(),
    /** Those that could not be read when they were looked at last. */
    of: (network: Network): readonly TxHash[] => [...restingOn(network).keys()],
  };
}

export type UnreadableRecords = ReturnType<typeof createUnreadableRecords>;
