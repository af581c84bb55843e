import type { RecordedAnswer } from './recorded-answer.js';

/** What a payment buys, as far as delivery has to compare it. */
export type Purchase = {
  /** The transaction: it buys one thing, once. */
  readonly txHash: string;
  /** Digest of the payment's payload and of what it was shown for. */
  readonly digest: string;
  /** The buyer's own name for the purchase. */
  readonly identifier: string | undefined;
};

/** What a store says to a payment that is shown. */
export type Opened =
  /** The caller is the only one that may run the handler, until its lease ends or it lets go. */
  | { readonly kind: 'mine'; readonly made: RecordedAnswer | undefined }
  /** Another request, perhaps of another process, is at it. */
  | { readonly kind: 'running' }
  /** The buyer was given this answer. */
  | { readonly kind: 'answered'; readonly answer: RecordedAnswer }
  /** The transaction was shown with another payload or for something else. */
  | { readonly kind: 'other-purchase' }
  /** The buyer has used the identifier for another payment. */
  | { readonly kind: 'other-payment' };

/**
 * Where answers are kept. One store may serve many processes.
 *
 * Every method may reject: after `open` the buyer is told to come back, after the others the request goes on.
 */
export type DeliveryStore = {
  /**
   * Takes a purchase, or says why it is not to be had.
   *
   * @param holder a name of this attempt, for the lease.
   */
  open(purchase: Purchase, holder: string, leaseMs: number): Promise<Opened>;
  /** The answer that this purchase was given; undefined where it was given none, or another one has the transaction. */
  find(purchase: Purchase): Promise<RecordedAnswer | undefined>;
  /** Keeps the lease. */
  renew(purchase: Purchase, holder: string, leaseMs: number): Promise<void>;
  /** Keeps what the handler made, for the next attempt if this one ends before it is paid. */
  keepMade(purchase: Purchase, holder: string, made: RecordedAnswer): Promise<void>;
  /** Keeps the answer of a settled payment, and lets go. */
  keepAnswer(purchase: Purchase, holder: string, answer: RecordedAnswer): Promise<void>;
  /** Lets go. `forget`: nothing came of the payment. */
  release(purchase: Purchase, holder: string, forget: boolean): Promise<void>;
};
