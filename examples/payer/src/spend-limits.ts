import type { SpendControls } from '@x402/core/client';
import { unitOf } from './assets.js';
import { refuse } from './refused-payment-error.js';

/**
 * The most that one payment may take out of the wallet, by Lucid's unit. An asset that is not listed has no limit here.
 */
export type SpendLimits = ReadonlyMap<string, bigint>;

/**
 * The limits for prices, as limits for transactions. `@x402/core` applies them to the server's price, but the amount
 * that leaves the wallet differs, and is the one that counts.
 */
export function spendLimitsOf(
  { allowedAssets }: SpendControls,
  network: string,
  /** What `@x402/core` allows for this price. */
  priced?: { readonly asset: string; readonly cap: string | undefined },
): SpendLimits {
  const limits = new Map<string, bigint>();
  const add = (asset: string, most: string | undefined) => {
    if (most === undefined) return;
    const limit = BigInt(most);
    const known = limits.get(unitOf(asset));
    limits.set(unitOf(asset), known !== undefined && known < limit ? known : limit);
  };
  for (const entry of Array.isArray(allowedAssets) ? allowedAssets : [])
    if (entry.network === network) add(entry.asset, entry.maxAmountPerPayment);
  if (priced !== undefined) add(priced.asset, priced.cap);
  return limits;
}

/** @param loss what the transaction takes out of the wallet, by unit. */
export function assertWithinLimits(loss: ReadonlyMap<string, bigint>, limits: SpendLimits): void {
  for (const [unit, limit] of limits) {
    const lost = loss.get(unit) ?? 0n;
    if (lost > limit)
      refuse(
        `expected at most ${limit} ${unit} to leave the wallet, as the spend limit says, found ${lost} in the ` +
          'transaction, with its fee and the ADA that outputs must hold',
      );
  }
}
