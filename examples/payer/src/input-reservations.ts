/** Inputs that signed payments already use, so that the wallet's next payment takes others. */
export type InputReservations = {
  /** The candidates that no payment under way uses. */
  free<Candidate extends { readonly txHash: string; readonly outputIndex: number }>(
    candidates: readonly Candidate[],
  ): Candidate[];
  /** Holds inputs (`txHash#index`) until their transaction can no longer be included. */
  hold(inputs: readonly string[], untilMs: number): void;
  /** Releases inputs. Only for a transaction that was certainly not submitted. */
  release(inputs: readonly string[]): void;
};

/**
 * Reservations in the memory of one process: a wallet that pays from several processes needs separate funds for each.
 */
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
