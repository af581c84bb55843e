import { type AssetId, parseAssetId } from '@x402-facilitator/cardano/ledger';
import type { z } from 'zod';
import type { Loss, SignedPayment, Spent } from '../payment/index.js';
import type { purchaseRecordSchema } from './record-schema.js';

/** A purchase as a store keeps it. */
export type PurchaseRecord = Readonly<z.output<typeof purchaseRecordSchema>>;

/** A signed payment, as a record keeps it. */
export function recordedPayment({
  feeLovelace,
  loss,
  inputs,
  ...payment
}: SignedPayment): PurchaseRecord['payment'] {
  return {
    ...payment,
    inputs: [...inputs],
    feeLovelace: String(feeLovelace),
    loss: Object.fromEntries([...loss].map(([asset, amount]) => [asset, String(amount)])),
  };
}

/** The other way round. */
export function signedPaymentOf({ payment }: PurchaseRecord): SignedPayment {
  const { feeLovelace, loss, sponsorshipId, lentInput, ...rest } = payment;
  return {
    ...rest,
    feeLovelace: BigInt(feeLovelace),
    loss: lossOf(loss),
    ...(sponsorshipId === undefined ? {} : { sponsorshipId }),
    ...(lentInput === undefined ? {} : { lentInput }),
  };
}

/**
 * What counts in the limits of a day: everything that was signed. A void payment counts too, because that it is void is a
 * provider's word, and limits hold against a provider that lies.
 */
export function spentBy(records: readonly PurchaseRecord[]): readonly Spent[] {
  return records.map(({ signedAtMs, sellers, payment }) => ({
    atMs: signedAtMs,
    sellers,
    loss: lossOf(payment.loss),
  }));
}

function lossOf(loss: Readonly<Record<string, string>>): Loss {
  return new Map(
    Object.entries(loss).flatMap(([text, amount]): [AssetId, bigint][] => {
      const asset = parseAssetId(text);
      return asset === undefined ? [] : [[asset, BigInt(amount)]];
    }),
  );
}
