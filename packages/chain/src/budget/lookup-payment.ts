import type { Result } from '@x402-facilitator/cardano';
import type { CallPayment } from '../provider/index.js';

/** An allowance that has too little left. */
export type LookupsRefused = {
  /** Calls in a window. */
  readonly limit: number;
  readonly windowMs: number;
  readonly left: number;
  readonly retryAfterMs: number;
};

/** How many calls to providers may still be made for one caller. */
export type LookupAllowance = {
  /** Calls in a window. */
  readonly limit: number;
  /** Takes all of `count` or nothing. */
  take(count: number): Promise<Result<undefined, LookupsRefused>>;
  /** Gives back what was taken and not used. */
  giveBack(count: number): Promise<void>;
};

/** On whose account the chain is asked. */
export type LookupCaller = {
  /** It holds no key: what is in reserve is not for it. */
  readonly isStranger: boolean;
  readonly allowance: LookupAllowance;
};

/** A caller's allowance has no room for what its payment needs. The provider was not asked. */
export class LookupLimitError extends Error {
  override readonly name = 'LookupLimitError';
  readonly retryAfterMs: number;

  constructor(needed: number, { limit, windowMs, left, retryAfterMs }: LookupsRefused) {
    const seconds = windowMs / 1000;
    super(
      `expected at most ${limit} look-ups at chain providers in ${seconds} s, found ${needed} needed and ${left} left; try again in ${Math.ceil(retryAfterMs / 1000)} s`,
    );
    this.retryAfterMs = retryAfterMs;
  }
}

/** What one payment's look-ups cost its caller. A call is taken from what was prepaid, else from the allowance. */
export type LookupPayment = CallPayment & {
  /**
   * Takes what a payment will need, before the first question, so that no answer is lost halfway.
   *
   * @throws LookupLimitError
   */
  prepay(count: number): Promise<void>;
  /** Gives back what was prepaid and not spent. */
  settle(): Promise<void>;
};

/** Opens the account of one payment. */
export function createLookupPayment({ limit, take, giveBack }: LookupAllowance): LookupPayment {
  let prepaid = 0;
  let isSettled = false;
  const takeOrThrow = async (count: number) => {
    const taken = await take(count);
    if (!taken.ok) throw new LookupLimitError(count, taken.error);
  };
  return {
    async prepay(count) {
      // A payment that needs more than a window has may use up a whole one.
      const wanted = Math.min(count, limit);
      if (wanted === 0) return;
      await takeOrThrow(wanted);
      prepaid += wanted;
    },
    async spend() {
      if (prepaid === 0) return takeOrThrow(1);
      prepaid -= 1;
    },
    async unspend() {
      if (isSettled) return giveBack(1);
      prepaid += 1;
    },
    async settle() {
      const rest = prepaid;
      prepaid = 0;
      isSettled = true;
      if (rest > 0) await giveBack(rest);
    },
  };
}
