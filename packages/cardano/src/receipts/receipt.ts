import canonicalize from 'canonicalize';
import { z } from 'zod';

/** The version of the receipt that this code writes and reads. */
export const RECEIPT_VERSION = 1;

/** The fields of a receipt (docs/receipts.md). Closed: a reader of this version knows every field. */
export const receiptSchema = z
  .strictObject({
    version: z.literal(RECEIPT_VERSION),
    network: z.string().describe('CAIP-2'),
    transaction: z.string().describe('transaction id'),
    payer: z.string(),
    payTo: z.string(),
    asset: z.string().describe('lovelace, or policyId.assetNameHex'),
    amount: z.string().describe('atomic units'),
    resource: z
      .string()
      .nullable()
      .describe('URL of what was paid for, without its query unless the facilitator keeps it'),
    block: z.strictObject({ hash: z.string(), height: z.int(), slot: z.int() }),
    confirmations: z.int().describe('newer blocks on top of it when this was signed'),
    settledAt: z.string().describe('ISO 8601: when the settlement was confirmed'),
  })
  .meta({ description: 'what the facilitator vouches for' });

/** What a receipt says: which payment was settled, for what, and in which block. */
export type Receipt = z.output<typeof receiptSchema>;

const hex = z.string().regex(/^(?:[0-9a-f]{2})+$/, 'expected lowercase hex');

/** A receipt with its signature. To check it, a reader needs only to know the facilitator's address. */
export const signedReceiptSchema = z.object({
  format: z.literal('cip8'),
  payload: z.string().describe('the receipt as canonical JSON (RFC 8785): the very text that is signed'),
  signature: hex.describe('COSE_Sign1 (CIP-8)'),
  key: hex.describe('COSE_Key'),
  address: z.string().describe('bech32: the facilitator’s wallet'),
});

/** A receipt as the facilitator gives it out, with the signature of its wallet. */
export type SignedReceipt = z.output<typeof signedReceiptSchema>;

/**
 * A resource's URL without what may be private: user, query and fragment. A receipt outlives its settlement and may be
 * read by anyone (docs/receipts.md, "What it says of the resource").
 *
 * @example
 * publicResource('https://shop.example/weather?mail=a@b.example#now') === 'https://shop.example/weather';
 */
export function publicResource(url: string): string {
  return url.replace(/[?#].*$/s, '').replace(/^([a-z][a-z\d+.-]*:\/\/)[^/@]*@/i, '$1');
}

/**
 * The text that is signed: canonical JSON (RFC 8785).
 *
 * @throws TypeError when a value has no canonical form; values parsed from JSON always have one.
 * @example
 * receiptText(receipt) === signedReceipt.payload;
 */
export function receiptText(receipt: Receipt): string {
  const text = canonicalize(receipt);
  if (text === undefined) throw new TypeError('expected a receipt with a canonical form');
  return text;
}
