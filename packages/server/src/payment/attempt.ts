import { AsyncLocalStorage } from 'node:async_hooks';

/** One request's attempt to buy one resource with one payment. The facilitator client is called within it. */
export type Attempt = {
  /** For a private payment the same with every attempt to buy this resource with it; else new with each attempt. */
  readonly idempotencyKey: string;
  /** See `ShownPayment`. */
  readonly isPrivate: boolean;
  /** Path and query of what is bought. */
  readonly target: string;
  /** Is told that no facilitator answered `/settle`, and none can have claimed the payment. */
  readonly onUnavailable?: (error: Error) => void;
};

// Bundlers may load this file twice; both copies must mean the same attempt.
const NAME = Symbol.for('@x402-facilitator/server/attempt');
const shared = globalThis as { [NAME]?: AsyncLocalStorage<Attempt> };
shared[NAME] ??= new AsyncLocalStorage<Attempt>();
const attempts = shared[NAME];

export const runAttempt = <T>(attempt: Attempt, run: () => T): T => attempts.run(attempt, run);

/** Undefined where a seller calls the client without delivery. */
export const currentAttempt = (): Attempt | undefined => attempts.getStore();
