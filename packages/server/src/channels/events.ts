/** What a seller should know of, though the request goes its way. */
export type ChannelEvent =
  /** The store knew less than what the buyer has signed, or the ledger shows: it has lost records. The count goes on from the proof. */
  | { readonly kind: 'restored'; readonly channelId: string; readonly amount: bigint }
  /** A buyer counts more than the store: the store was put back to an earlier state, or the buyer signs ahead. */
  | {
      readonly kind: 'buyer-ahead';
      readonly channelId: string;
      readonly promised: bigint;
      readonly charged: bigint;
    }
  /** A request took longer than its lease while this process could not renew it. It was not served. */
  | { readonly kind: 'lease-lost'; readonly channelId: string }
  /** The store, the facilitator or the key that signs refunds could not be had. The request was not served. */
  | { readonly kind: 'failed'; readonly what: 'store' | 'facilitator' | 'key'; readonly error: unknown };

/** How often each has happened in this process. */
export type ChannelEventCounts = Record<ChannelEvent['kind'], number>;

/** The sentence of an event, for a log. */
export function describeEvent(event: ChannelEvent): string {
  switch (event.kind) {
    case 'restored':
      return `channel ${event.channelId}: the store had lost ${event.amount}; the count goes on from what is proven`;
    case 'buyer-ahead':
      return `channel ${event.channelId}: the buyer promises ${event.promised} on a count of ${event.charged}`;
    case 'lease-lost':
      return `channel ${event.channelId}: a request lost its lease and was not served`;
    case 'failed':
      return `channels: the ${event.what} failed: ${event.error instanceof Error ? event.error.message : String(event.error)}`;
  }
}

/** Counts events and hands them on. A listener that throws harms no request. */
export function eventSink(listener: ((event: ChannelEvent) => void) | undefined) {
  const counts: ChannelEventCounts = { restored: 0, 'buyer-ahead': 0, 'lease-lost': 0, failed: 0 };
  const emit = (event: ChannelEvent): void => {
    counts[event.kind] += 1;
    try {
      if (listener === undefined) process.emitWarning(describeEvent(event), 'ChannelWarning');
      else listener(event);
    } catch {
      // The seller's own.
    }
  };
  return { counts, emit };
}
