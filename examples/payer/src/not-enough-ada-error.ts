import type { UTxO } from '@lucid-evolution/lucid';
import type { PaymentRequirements } from '@x402/core/types';
import { unitOf } from './assets.js';

/**
 * The wallet has the price, but not the ADA for the fee or for min-ADA. This is the only failure that a sponsor's
 * output can help with.
 */
export class NotEnoughAdaError extends Error {
  override readonly name = 'NotEnoughAdaError';
}

/** Lucid has no error code for it. These are its messages, and those of its balancing library. */
const WORDS_FOR_WANT = /does not have enough funds to cover|Not enough ADA leftover/;

/**
 * Turns a lack of ADA into this error, and returns any other failure unchanged. The wallet's outputs decide, not the
 * message.
 */
export function tellWantOfAda(
  error: unknown,
  { available, requirements }: { available: readonly UTxO[]; requirements: PaymentRequirements },
): unknown {
  if (!(error instanceof Error) || !WORDS_FOR_WANT.test(error.message)) return error;
  const { asset, amount } = requirements;
  // Lucid never selects an output that holds a script.
  const held = available
    .filter(({ scriptRef }) => scriptRef === undefined || scriptRef === null)
    .reduce((sum, { assets }) => sum + (assets[unitOf(asset)] ?? 0n), 0n);
  if (held < BigInt(amount)) return error;
  return new NotEnoughAdaError(
    `the wallet holds the price, ${amount} ${asset}, but not enough ADA for the fee and for what outputs must hold`,
    { cause: error },
  );
}
