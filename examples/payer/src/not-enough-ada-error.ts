import type { UTxO } from '@lucid-evolution/lucid';
import type { PaymentRequirements } from '@x402/core/types';
import { unitOf } from './assets.js';

/**
 * The wallet has the price, but not the ADA for the fee or for what an output must hold. It is the one reason to ask
 * for a sponsor: whatever else goes wrong, a stranger's output does not mend.
 */
export class NotEnoughAdaError extends Error {
  override readonly name = 'NotEnoughAdaError';
}

/** Lucid has no code for it: these are its words, and those of the library that balances for it. */
const WORDS_FOR_WANT = /does not have enough funds to cover|Not enough ADA leftover/;

/** The same failure, told apart when it is want of ADA. The wallet's own outputs have the last word, not the message. */
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
