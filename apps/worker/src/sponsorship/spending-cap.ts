import type { TxHash } from '@x402-facilitator/cardano';

const DAY_MS = 86_400_000;

/**
 * What this process agrees to spend and lend on one UTC day, whatever Redis says it has spent: a second fence that no
 * one else can move.
 */
export interface SpendingCap {
  /** Takes the cost of a transaction from what is left of the day; false when it does not fit. A transaction counts once. */
  take(txHash: TxHash, lovelace: bigint): boolean;
  /** What was taken was not spent after all. Nothing happens for a transaction that took nothing today. */
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
