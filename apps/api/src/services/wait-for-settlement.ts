import type { Journal, Settlement, SettlementEvents } from '@x402-facilitator/journal';
import { JournalUnavailableError } from '@x402-facilitator/journal';
import { onAbort } from './on-abort.js';

export type WaitForSettlement = (options: {
  /** The record as last read. */
  readonly settlement: Settlement;
  readonly isDone: (settlement: Settlement) => boolean;
  readonly timeoutMs: number;
  /** Each ends the wait early: the caller hung up, or the process is stopping. */
  readonly signals: readonly AbortSignal[];
}) => Promise<Settlement>;

/**
 * Waits until a settlement is as wanted, the time is up, or a signal fires, and returns the newest record that it has
 * seen. Events of the settlement, by any replica, bring the record with them. While Redis is away it keeps waiting,
 * because the settlement continues.
 */
export function createWaitForSettlement(dependencies: {
  readonly journal: Pick<Journal, 'read'>;
  readonly events: Pick<SettlementEvents, 'subscribe'>;
}): WaitForSettlement {
  const { journal, events } = dependencies;

  const readAgain = async (known: Settlement): Promise<Settlement> => {
    try {
      const reading = await journal.read(known.network, known.txHash);
      return (reading.ok ? reading.value : undefined) ?? known;
    } catch (error) {
      if (error instanceof JournalUnavailableError) return known;
      throw error;
    }
  };

  return async ({ settlement, isDone, timeoutMs, signals }) => {
    if (isDone(settlement) || timeoutMs <= 0 || signals.some(({ aborted }) => aborted)) return settlement;
    return new Promise((resolve, reject) => {
      let latest = settlement;
      const end = () => {
        for (const leave of leaves) leave();
        resolve(latest);
      };
      const see = (seen: Settlement) => {
        if (seen.revision > latest.revision) latest = seen;
        if (isDone(latest)) end();
      };
      const read = () =>
        readAgain(latest)
          .then(see)
          .catch((error: unknown) => {
            end();
            reject(error);
          });
      const timeout = setTimeout(end, timeoutMs);
      const leaves = [
        () => clearTimeout(timeout),
        events.subscribe(settlement.txHash, (_event, seen) => (seen === undefined ? read() : see(seen))),
        ...signals.map((signal) => onAbort(signal, end)),
      ];
      // What was written before the subscription brought no event.
      void read();
    });
  };
}
