import type { PaymentRequirements } from '@x402/core/types';
import { MAX_IOU, MAX_WITHDRAW_DELAY, MIN_WITHDRAW_DELAY } from '@x402-facilitator/cardano/channels';

/** What a seller asks of every channel. */
export type ChannelTerms = {
  /** The validator whose channels are taken, 28 bytes of lowercase hex. Buyers open channels at validators that they know only. */
  readonly scriptHash: string;
  /** The hash of your key that redeems, 28 bytes of lowercase hex. */
  readonly receiverAuthorizer: string;
  /** How long you have to redeem once a buyer closes its channel, in seconds; a day by default. 900 to 2 592 000. */
  readonly withdrawDelay?: number;
  /** `txHash#index` of an output that carries the validator, which makes the buyer’s transactions smaller. */
  readonly referenceScript?: string;
};

const WITHDRAW_DELAY = 86_400;
const HASH = /^[0-9a-f]{56}$/;
const ATOMIC = /^[1-9][0-9]{0,19}$/;

/** @throws Error that says what was expected and what was found. */
export function extraOf(
  terms: ChannelTerms,
): Readonly<Record<string, unknown>> & { readonly withdrawDelay: number } {
  const { scriptHash, receiverAuthorizer, withdrawDelay = WITHDRAW_DELAY, referenceScript } = terms;
  for (const [name, hash] of Object.entries({ scriptHash, receiverAuthorizer }))
    if (!HASH.test(hash)) throw new Error(`expected ${name} as 28 bytes of lowercase hex, found "${hash}"`);
  if (
    !Number.isInteger(withdrawDelay) ||
    withdrawDelay < MIN_WITHDRAW_DELAY ||
    withdrawDelay > MAX_WITHDRAW_DELAY
  )
    throw new Error(
      `expected withdrawDelay from ${MIN_WITHDRAW_DELAY} to ${MAX_WITHDRAW_DELAY} seconds, found ${withdrawDelay}`,
    );
  return {
    scriptHash,
    receiverAuthorizer,
    withdrawDelay,
    ...(referenceScript === undefined ? {} : { referenceScript }),
  };
}

/** @throws Error for terms that no buyer could meet. */
export function checkRoute({
  amount,
  maxTimeoutSeconds,
  extra,
}: Pick<PaymentRequirements, 'amount' | 'maxTimeoutSeconds' | 'extra'>): void {
  const { withdrawDelay, minDeposit } = extra;
  if (typeof withdrawDelay === 'number' && maxTimeoutSeconds > withdrawDelay)
    throw new Error(
      `expected maxTimeoutSeconds up to withdrawDelay ${withdrawDelay}, found ${maxTimeoutSeconds}`,
    );
  if (minDeposit === undefined) return;
  const isAmount = typeof minDeposit === 'string' && ATOMIC.test(minDeposit) && BigInt(minDeposit) <= MAX_IOU;
  if (!isAmount || BigInt(minDeposit) < BigInt(amount))
    throw new Error(
      `expected minDeposit as atomic units from the price ${amount}, found ${JSON.stringify(minDeposit)}`,
    );
}

const LEAST_FRESH_MS = 30_000;
const MOST_FRESH_MS = 300_000;

/** How long a view of a channel may be relied on: a third of the close period, within the binding's bounds. */
export function freshnessOf(withdrawDelay: number): number {
  return Math.min(Math.max((withdrawDelay * 1000) / 3, LEAST_FRESH_MS), MOST_FRESH_MS);
}
