import { outRefKey, parseOutRef, parseTxHash, type TxHash } from '@x402-facilitator/cardano/ledger';
import { z } from 'zod';

const txHash = z.string().transform((text, context): TxHash => {
  const hash = parseTxHash(text);
  if (hash !== undefined) return hash;
  context.addIssue({ code: 'custom', message: 'expected a transaction id' });
  return z.NEVER;
});
const outRef = z.string().transform((text, context) => {
  const ref = parseOutRef(text);
  if (ref !== undefined) return outRefKey(ref);
  context.addIssue({ code: 'custom', message: 'expected txHash#index' });
  return z.NEVER;
});
const quantity = z.string().regex(/^-?\d+$/);

/** A purchase as a store keeps it, in JSON. Amounts are decimal strings of atomic units. */
export const purchaseRecordSchema = z.object({
  version: z.literal(1),
  /** Also the payment's identifier for the seller (x402's extension `payment-identifier`). */
  id: z.string().regex(/^[\w-]{16,128}$/),
  /** What is bought, to find it again; `null` for a payment that another client shows. */
  what: z.string().nullable(),
  url: z.string().nullable(),
  /**
   * `open`: it may be on the ledger, now or later, and nothing was delivered. `delivered`: the resource came. `refused`: the seller
   * says that it is not valid, but it may still be on the ledger. `void`: it can no longer be on the ledger. `abandoned`: it
   * was paid and not delivered, and its buyer gave it up.
   */
  state: z.enum(['open', 'delivered', 'refused', 'void', 'abandoned']),
  signedAtMs: z.int(),
  /** The address that is paid, and where the resource is. */
  sellers: z.array(z.string()),
  price: z.object({ network: z.string(), asset: z.string(), amount: quantity, payTo: z.string() }),
  payment: z.object({
    transactionId: txHash,
    transactionBase64: z.string(),
    nonce: z.string(),
    inputs: z.array(outRef),
    feeLovelace: quantity,
    loss: z.record(z.string(), quantity),
    ttl: z.int(),
    validToMs: z.number(),
    sponsorshipId: z.string().optional(),
    lentInput: outRef.optional(),
  }),
  /** The value of the PAYMENT-SIGNATURE header. Without one the payment was never shown. */
  signature: z.string().nullable(),
});
