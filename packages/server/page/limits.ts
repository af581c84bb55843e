import type { PaymentRequirements } from '@x402/core/types';
import type { SpendLimits } from '@x402-facilitator/client';

/** The largest fee that the ledger asks of a payment without scripts is below half of it. */
const MOST_FEE_LOVELACE = 1_000_000n;
/** What travels with a token is about 1.2 ADA; more where the wallet's change is full of tokens, which comes back. */
const MOST_ADA_WITH_TOKEN = 3_000_000n;

/** What may leave the wallet for a price that a person was shown. */
export function limitsOf({ asset, amount }: PaymentRequirements): SpendLimits {
  const price = BigInt(amount);
  return asset === 'lovelace'
    ? { lovelace: { perPayment: price + MOST_FEE_LOVELACE } }
    : { [asset]: { perPayment: price }, lovelace: { perPayment: MOST_ADA_WITH_TOKEN + MOST_FEE_LOVELACE } };
}
