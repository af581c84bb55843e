import { type OutRef, type OutRefKey, outRefKey } from '@x402-facilitator/cardano/ledger';

/** Inputs that signed payments already use, so that the wallet's next payment takes others. */
export type InputReservations = {
  /**
   * The candidates that no payment under way uses.
   *
   * @param except these are free, also when another payment uses them.
   */
  free<Candidate extends { readonly outRef: OutRef }>(
    candidates: readonly Candidate[],
    except?: ReadonlySet<OutRefKey>,
  ): Candidate[];
  /** Holds inputs until their transaction can no longer be included. */
  hold(inputs: readonly OutRefKey[], untilMs: number): void;
  /** Releases inputs. Only for a transaction that was certainly not submitted. */
  release(inputs: readonly OutRefKey[]): void;
};

/** Reservations in the memory of one process. */
export function createInputReservations(now: () => number): InputReservations {
  const heldUntilMs = new Map<OutRefKey, number>();
  return {
    free: (candidates, except) => {
      for (const [input, untilMs] of heldUntilMs) if (untilMs <= now()) heldUntilMs.delete(input);
      return candidates.filter(({ outRef }) => {
        const key = outRefKey(outRef);
        return !heldUntilMs.has(key) || except?.has(key);
      });
    },
    hold: (inputs, untilMs) => {
      for (const input of inputs) heldUntilMs.set(input, untilMs);
    },
    release: (inputs) => {
      for (const input of inputs) heldUntilMs.delete(input);
    },
  };
}
