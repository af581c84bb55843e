import type { Network, TxHash } from '@x402-facilitator/cardano';
import type { Reading, UnreadableSettlement } from './settlement.js';

/** How long an index leaves out an unreadable record before it tries again. Somebody may have repaired it by then. */
const REST_MS = 60_000;

/**
 * Remembers the records that this process could not read. Each is reported once, and is left out for a minute after
 * each look. So they never fill the batches of the indexes, however many there are.
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
  const records = {
    note(record: UnreadableSettlement): void {
      restingOn(record.network).set(record.txHash, now() + REST_MS);
      if (!reported.has(record.txHash)) onUnreadable?.(record);
      reported.add(record.txHash);
    },
    see(network: Network, txHash: TxHash, reading: Reading): void {
      if (!reading.ok) records.note(reading.error);
      // It can be read again, or is gone.
      else restUntilMs.get(network)?.delete(txHash);
    },
    isResting: (network: Network, txHash: TxHash) => (restingOn(network).get(txHash) ?? 0) > now(),
    /** Those that could not be read at the last look. */
    of: (network: Network): readonly TxHash[] => [...restingOn(network).keys()],
  };
  return records;
}

export type UnreadableRecords = ReturnType<typeof createUnreadableRecords>;
