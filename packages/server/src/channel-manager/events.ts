/** What a seller should know of. */
export type ManagerEvent =
  /** On the ledger, as deep as the facilitator waits for. */
  | { readonly kind: 'claimed'; readonly txHash: string; readonly channels: readonly string[] }
  /** A channel has ended and is dropped. `unclaimed` is lost, but where a refund paid it that another store has signed. */
  | { readonly kind: 'ended'; readonly channelId: string; readonly unclaimed: bigint }
  /** What is tried again in the next round. */
  | { readonly kind: 'failed'; readonly channels: readonly string[]; readonly message: string };

/** Hands events on. A listener that throws stops nothing. */
export function eventSender(listener: ((event: ManagerEvent) => void) | undefined) {
  return (event: ManagerEvent): void => {
    try {
      if (listener !== undefined) listener(event);
      else if (event.kind === 'failed') process.emitWarning(event.message, 'ChannelManagerWarning');
      else if (event.kind === 'ended' && event.unclaimed > 0n)
        process.emitWarning(
          `channel ${event.channelId} has ended with ${event.unclaimed} unclaimed`,
          'ChannelManagerWarning',
        );
    } catch {
      // The seller's own.
    }
  };
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
