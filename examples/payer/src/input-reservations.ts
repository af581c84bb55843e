/** Inputs that signed payments already use, so that the next payment of the same wallet takes others. */
export type InputReservations = {
  /** The candidates that no payment under way uses. */
  free<Candidate extends { readonly txHash: string; readonly outputIndex: number }>(
    candidates: readonly Candidate[],
  ): Candidate[];
  /** Holds inputs (`txHash#index`) until the transaction that uses them can no longer land. */
  hold(inputs: readonly string[], untilMs: number): void;
  /** Gives inputs back, once it is certain that their transaction was not submitted. */
  release(inputs: readonly string[]): void;
};

/** Reservations in the memory of one process: a wallet that pays from several processes needs one pot for each. */
export function createInputReservations(now: () => number): InputReservations {
  const heldUntilMs = new Map<string, number>();
  return {
    free: (candidates) => {
      for (const [input, untilMs] of heldUntilMs) if (untilMs <= now()) heldUntilMs.delete(input);
      return candidates.filter(({ txHash, outputIndex }) => !heldUntilMs.has(`${txHash}#${outputIndex}`));
    },
    hold: (inputs, untilMs) => {
      for (const input of inputs) heldUntilMs.set(input, untilMs);
    },
    release: (inputs) => {
      for (const input of inputs) heldUntilMs.delete(input);
    },
  };
}
