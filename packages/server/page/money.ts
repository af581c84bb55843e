import type { PaymentRequirements } from '@x402/core/types';
import type { Keys, PurchaseRecord, SpendLimits } from '@x402-facilitator/client';

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

/** How much of an asset a wallet holds, and how much of that no payment under way uses. */
export async function moneyOf(
  keys: Keys,
  asset: string,
  records: readonly PurchaseRecord[],
): Promise<{ readonly held: bigint; readonly free: bigint }> {
  const used = new Set<string>(
    records
      .filter(({ state, payment }) => /^(?:open|delivered)$/.test(state) && payment.validToMs > Date.now())
      .flatMap(({ payment }) => payment.inputs),
  );
  let held = 0n;
  let free = 0n;
  for (const { outRef, lovelace, assets } of (await keys.unspentOutputs?.()) ?? []) {
    const amount = asset === 'lovelace' ? lovelace : [...assets].find(([id]) => id === asset)?.[1];
    held += amount ?? 0n;
    if (!used.has(`${outRef.txHash}#${outRef.index}`)) free += amount ?? 0n;
  }
  return { held, free };
}
