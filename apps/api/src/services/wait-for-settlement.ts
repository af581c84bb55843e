import type { Journal, Settlement, SettlementEvent, SettlementEvents } from '@x402-facilitator/journal';
import { JournalUnavailableError } from '@x402-facilitator/journal';

/** An event may be lost with its connection: the record is read again at least this often. */
const POLL_MS = 5_000;

export type WaitForSettlement = (options: {
  /** The record as last read. */
  readonly settlement: Settlement;
  readonly isDone: (settlement: Settlement) => boolean;
  /**
   * Whether an event may be the one waited for. After other events the record is read only at the end. By default every
   * event may be.
   */
  readonly mayBeDone?: (event: SettlementEvent) => boolean;
  readonly timeoutMs: number;
  /** Each ends the wait early: the caller hung up, or the process is stopping. */
  readonly signals: readonly AbortSignal[];
}) => Promise<Settlement>;

/**
 * Waits until a settlement is as wanted, the time is up, or a signal fires, and returns the record as last read. Events
 * of the settlement from any replica wake it; polling the record covers lost events. While Redis is away it keeps
 * waiting, because the settlement continues.
 */
export function createWaitForSettlement(dependencies: {
  readonly journal: Pick<Journal, 'read'>;
  readonly events: Pick<SettlementEvents, 'subscribe'>;
  readonly pollMs?: number;
}): WaitForSettlement {
  const { journal, events, pollMs = POLL_MS } = dependencies;

  const readAgain = async (known: Settlement): Promise<Settlement> => {
    try {
      const reading = await journal.read(known.network, known.txHash);
      return (reading.ok ? reading.value : undefined) ?? known;
    } catch (error) {
      if (error instanceof JournalUnavailableError) return known;
      throw error;
    }
  };

  return async ({ settlement, isDone, mayBeDone = () => true, timeoutMs, signals }) => {
    if (isDone(settlement) || timeoutMs <= 0 || signals.some(({ aborted }) => aborted)) return settlement;
    const wake = createWakeUp();
    const timeout = setTimeout(wake.stop, timeoutMs);
    const poll = setInterval(wake.up, pollMs);
    let hasChanged = false;
    const unsubscribe = events.subscribe(settlement.txHash, (event) => {
      if (mayBeDone(event)) wake.up();
      else hasChanged = true;
    });
    for (const signal of signals) signal.addEventListener('abort', wake.stop);
    try {
      let latest = await readAgain(settlement);
      while (!isDone(latest) && (await wake.next())) latest = await readAgain(latest);
      return hasChanged && !isDone(latest) ? await readAgain(latest) : latest;
    } finally {
      for (const signal of signals) signal.removeEventListener('abort', wake.stop);
      unsubscribe();
      clearInterval(poll);
      clearTimeout(timeout);
    }
  };
}

/** A latch that remembers a wake-up that came while nothing waited. */
function createWakeUp(): { up(): void; stop(): void; next(): Promise<boolean> } {
  let isWoken = false;
  let isStopped = false;
  let release: (() => void) | undefined;
  const notify = (): void => {
    release?.();
    release = undefined;
  };
  return {
    up() {
      isWoken = true;
      notify();
    },
    stop() {
      isStopped = true;
      notify();
    },
    /** True when woken; false once stopped. */
    async next() {
      if (!isWoken && !isStopped)
        await new Promise<void>((resolve) => {
          release = resolve;
        });
      isWoken = false;
      return !isStopped;
    },
  };
}
