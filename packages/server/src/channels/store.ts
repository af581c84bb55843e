/** What never changes about a channel, in the binding's words. Hashes and keys are lowercase hex. */
export type ChannelConfig = {
  /** The hash of the buyer's key, 28 bytes. */
  readonly payer: string;
  /** The key that signs IOUs, 32 bytes. */
  readonly payerAuthorizer: string;
  /** The seller's address, bech32. */
  readonly receiver: string;
  /** The hash of the seller's key that redeems, 28 bytes. */
  readonly receiverAuthorizer: string;
  /** `lovelace` or `policyId.assetNameHex`. */
  readonly token: string;
  /** The close period in seconds. */
  readonly withdrawDelay: number;
};

/** Where a channel is: what its configuration does not say. */
export type ChannelIdentity = {
  /** 32 bytes, lowercase hex. */
  readonly channelId: string;
  /** `cardano:…` */
  readonly network: string;
  /** The validator's, 28 bytes, lowercase hex. */
  readonly scriptHash: string;
  readonly config: ChannelConfig;
};

/** A channel as the ledger was last seen to have it. Amounts are units of its currency. */
export type ChannelView = {
  /** `txHash#index`; empty for a channel whose opening is not on the ledger yet. */
  readonly channelRef: string;
  /** The capacity: how far an IOU may go. */
  readonly balance: bigint;
  /** What was redeemed in all. */
  readonly totalClaimed: bigint;
  /** POSIX seconds at which the buyer closed it; 0 while it is open. */
  readonly withdrawRequestedAt: number;
};

/** A promise of everything up to an amount, signed by `payerAuthorizer`. */
export type SignedIou = {
  readonly amount: bigint;
  /** 64 bytes, lowercase hex. */
  readonly signature: string;
};

/** A refund that the seller has signed. From then on it may end the channel, which pays for nothing more. */
export type SignedRefund = {
  readonly txHash: string;
  /** The position that it spends. */
  readonly channelRef: string;
  /** From then on it can no longer be included, POSIX milliseconds; 0 where it has no end. */
  readonly untilMs: number;
  /** What the facilitator said of its success, as JSON text: the channel has ended. `undefined` before that. */
  readonly settlement?: string | undefined;
};

/** Everything that is known of a channel: all that a claim needs. */
export type ChannelRecord = ChannelIdentity &
  ChannelView & {
    /** What was charged in all. At most `iou.amount`, or what the ledger shows as redeemed. `charged - totalClaimed` is unclaimed. */
    readonly charged: bigint;
    /** The largest IOU that was charged against. `undefined` before the first charge. */
    readonly iou: SignedIou | undefined;
    /** When the view was last read from the ledger, POSIX milliseconds by the store's clock. */
    readonly syncedAtMs: number;
    /** What the channel manager keeps here for itself, such as a position that no rollback takes back. Empty at first. */
    readonly note: string;
    /** The latest refund that the seller has signed, while it may end the channel or has ended it. */
    readonly refund?: SignedRefund | undefined;
  };

/** What a request was answered, kept for a buyer that never got it. */
export type KeptAnswer = {
  /** Digest of what was asked for, so that a voucher gets its own answer only. */
  readonly request: string;
  readonly contentType: string;
  readonly body: Uint8Array;
  /** What was charged for it. */
  readonly charge: bigint;
  /** The answer's payment response as JSON text. */
  readonly settlement: string;
};

/** A request for a channel. */
export type Reservation = {
  readonly channel: ChannelIdentity;
  readonly iou: SignedIou;
  /** The count that the IOU goes on from: its amount less the price. */
  readonly base: bigint;
  /** A new name for each attempt: only its holder can commit. */
  readonly holder: string;
  /** How long the reservation holds if its process dies, in milliseconds. */
  readonly leaseMs: number;
  /** How old the view may be, in milliseconds, to be relied on. */
  readonly freshForMs: number;
  /** What the facilitator has just said of the channel and this IOU. Without it, nothing is reserved that the record cannot vouch for. */
  readonly view?: ChannelView | undefined;
  /** Asks for the end of the channel in place of something: the IOU is the count, and no answer is given again. */
  readonly isRefund?: true | undefined;
};

/** What a store says to a request. `record` is as it is after it. */
export type Reserved =
  /** The caller alone may serve until its lease ends. `restored`: the store knew less, by so much, than the IOU or the ledger proves. */
  | { readonly kind: 'reserved'; readonly record: ChannelRecord; readonly restored: bigint }
  /** No record, or one whose view is old, of other terms, closed, or below the IOU: ask the facilitator, and come back with its view. */
  | { readonly kind: 'ask-facilitator'; readonly record: ChannelRecord | undefined }
  /** The IOU goes on from another count than the record's. */
  | { readonly kind: 'other-count'; readonly record: ChannelRecord }
  /** It is the latest committed IOU, and this is what it bought. */
  | { readonly kind: 'answered'; readonly record: ChannelRecord; readonly answer: KeptAnswer }
  /** Another request has the channel. */
  | { readonly kind: 'busy' }
  /** A refund that the seller has signed may end the channel, or has ended it. */
  | { readonly kind: 'ending'; readonly record: ChannelRecord };

/** What a served request comes to. */
export type Commit = {
  readonly channelId: string;
  readonly holder: string;
  /** What was charged in all with it: above the reservation's `base`, at most its IOU. */
  readonly charged: bigint;
  /** The channel after a deposit. */
  readonly view?: ChannelView | undefined;
  readonly answer?: { readonly kept: KeptAnswer; readonly keepForMs: number } | undefined;
};

/** What a store says to a commit. */
export type Committed =
  /** On disk, or on as many replicas as was asked for. The same commit again says so again. */
  | { readonly kind: 'committed'; readonly record: ChannelRecord }
  /** Its lease has ended and another request has had the channel since, or the amount is not covered. Nothing was charged. */
  | { readonly kind: 'not-held' };

/**
 * Where a seller keeps its channels. It holds the only copy of the last IOU of each, so a commit returns only once it is durable.
 * One store may serve many processes.
 *
 * Every method may reject; then nothing is known, and the request must not be served.
 */
export type ChannelStore = {
  /** Takes a channel for one request, or says why not. Atomic. */
  reserve(reservation: Reservation): Promise<Reserved>;
  /** Charges what was reserved, durably, and lets go. Atomic. */
  commit(commit: Commit): Promise<Committed>;
  /**
   * Writes down, durably, that what was reserved is the channel's end, and lets go: before the seller's signature leaves. From then on
   * no voucher is reserved until the refund can no longer be included, or, where it has no end, the facilitator sees the channel at
   * another position. Atomic.
   *
   * @returns `false`: the lease is lost. The signature must not leave.
   */
  end(channelId: string, holder: string, refund: SignedRefund): Promise<boolean>;
  /** Writes down what the facilitator said of a refund's success. No voucher is reserved any more. */
  ended(channelId: string, txHash: string, settlement: string): Promise<void>;
  /** Lets go without charge. A channel that was never charged is dropped. */
  release(channelId: string, holder: string): Promise<void>;
  /** Keeps a lease. `false`: it is lost. */
  renew(channelId: string, holder: string, leaseMs: number): Promise<boolean>;
  /** `undefined` for a channel of which nothing is kept. */
  read(channelId: string): Promise<ChannelRecord | undefined>;
  /** Every channel that was charged for once, or that is ending, in no order. Those with `charged > totalClaimed` have something to claim. */
  list(): AsyncIterable<ChannelRecord>;
  /**
   * Records what the ledger shows: a claim, a top-up, a close, or a rollback of one. A count below what was redeemed is raised to it.
   *
   * @param note in place of the record's, if given.
   * @returns the record after it; `undefined` if there is none.
   */
  observe(channelId: string, view: ChannelView, note?: string): Promise<ChannelRecord | undefined>;
  /**
   * Drops a channel that has ended.
   *
   * @param charged the count that was seen when its end was judged.
   * @returns `false` if a request has it now, or has been charged since.
   */
  remove(channelId: string, charged: bigint): Promise<boolean>;
};
