import type { LucidEvolution, UTxO } from '@lucid-evolution/lucid';
import type { PaymentRequirements } from '@x402/core/types';
import { assetsOf } from './assets.js';
import { tellWantOfAda } from './not-enough-ada-error.js';
import type { UnsignedPayment } from './sign-payment.js';

/** Room for the clocks of payer and facilitator to differ: the TTL must not lie beyond what the facilitator allows. */
export const CLOCK_MARGIN_MS = 10_000;

/**
 * Builds a payment of exactly the price to the seller. The facilitator submits it.
 *
 * A payment in a native token also carries the ADA that its output must hold. The builder computes that amount.
 *
 * @throws NotEnoughAdaError when the UTxOs hold the price, but too little ADA in addition.
 * @throws Error when the method is not plain payment or the available UTxOs do not cover the price.
 */
export async function buildPayment(options: {
  readonly lucid: LucidEvolution;
  readonly address: string;
  /** UTxOs of the wallet that may be spent. */
  readonly available: UTxO[];
  readonly requirements: PaymentRequirements;
  readonly now: () => number;
}): Promise<UnsignedPayment> {
  const { lucid, address, available, requirements } = options;
  const { payTo, asset, amount, maxTimeoutSeconds } = requirements;
  assertPlainPayment(requirements);
  if (available.length === 0)
    throw new Error(`${address} has no UTxO that is not already used by a payment in flight`);

  const validToMs = options.now() + maxTimeoutSeconds * 1000 - CLOCK_MARGIN_MS;
  try {
    const unsigned = await lucid
      .newTx()
      .pay.ToAddress(payTo, assetsOf(asset, amount))
      .validTo(validToMs)
      .complete({ presetWalletInputs: available });
    return { cborHex: unsigned.toCBOR(), validToMs };
  } catch (error) {
    throw tellWantOfAda(error, { available, requirements });
  }
}

/** Only the plain method can be paid without a contract. */
export function assertPlainPayment({ extra }: PaymentRequirements): void {
  const method: unknown = extra.assetTransferMethod ?? 'default';
  if (method !== 'default') throw new Error(`expected the transfer method "default", found "${method}"`);
}
