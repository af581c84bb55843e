import type { TxHash } from '@x402-facilitator/cardano';

const DAY_MS = 86_400_000;

/**
 * What this process agrees to spend and lend on one UTC day, whatever Redis says it has spent: a second limit, which
 * no other process can move.
 */
export interface SpendingCap {
  /** Takes a transaction's cost from what the day has left; false when it is too much. A transaction counts once. */
  take(transaction: TxHash, lovelace: bigint): boolean;
  /** Returns a cost that was not spent after all. Does nothing for a transaction that took nothing today. */
  giveBack(transaction: TxHash): void;
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
    take(transaction, lovelace) {
      const today = Math.floor(now() / DAY_MS);
      if (today !== day) {
        day = today;
        spent = 0n;
        counted.clear();
      }
      if (counted.has(transaction)) return true;
      if (spent + lovelace > perDayLovelace) return false;
      spent += lovelace;
      counted.set(transaction, lovelace);
      return true;
    },

    giveBack(transaction) {
      spent -= counted.get(transaction) ?? 0n;
      counted.delete(transaction);
    },
  };
}
