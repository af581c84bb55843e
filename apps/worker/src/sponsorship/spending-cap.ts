import type { TxHash } from '@x402-facilitator/cardano';

const DAY_MS = 86_400_000;

/**
 * The most that this process agrees to spend and lend on one UTC day. It does not rely on the sums in Redis: it is a
 * second limit, which no other process can change.
 */
export interface SpendingCap {
  /**
   * Takes a transaction's cost from the rest of the day's limit. False when it is too much. A transaction counts once.
   */
  take(txHash: TxHash, lovelace: bigint): boolean;
  /** Returns a cost that was not spent after all. Does nothing for a transaction that took nothing today. */
  giveBack(txHash: TxHash): void;
}

export function createSpendingCap({
  perDayLovelace,
  now,
}: {
  readonly perDayLovelace: bigint;
  /** POSIX milliseconds. */
  readonly now: () => number;
}): SpendingCap {
  let day = Number.NaN;
  let spent = 0n;
  const counted = new Map<TxHash, bigint>();
  return {
    take(txHash, lovelace) {
      const today = Math.floor(now() / DAY_MS);
      if (today !== day) {
        day = today;
        spent = 0n;
        counted.clear();
      }
      if (counted.has(txHash)) return true;
      if (spent + lovelace > perDayLovelace) return false;
      spent += lovelace;
      counted.set(txHash, lovelace);
      return true;
    },

    giveBack(txHash) {
      spent -= counted.get(txHash) ?? 0n;
      counted.delete(txHash);
    },
  };
}
