import type { TxHash } from '@x402-facilitator/cardano';

const DAY_MS = 86_400_000;

/**
 * What this process agrees to spend and lend on one UTC day, whatever Redis says it has spent: a second limit, which
 * no other process can move.
 */
export interface SpendingCap {
  /** Takes a txHash's cost from what the day has left; false when it is too much. A txHash counts once. */
  take(txHash: TxHash, lovelace: bigint): boolean;
  /** Returns a cost that was not spent after all. Does nothing for a txHash that took nothing today. */
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
