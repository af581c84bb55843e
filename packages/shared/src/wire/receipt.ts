import { receiptSchema, signedReceiptSchema } from '@x402-facilitator/cardano';

/** Answer of `GET /status/:transaction/receipt`. */
export const receiptResponseSchema = signedReceiptSchema
  .extend({ receipt: receiptSchema })
  .meta({ id: 'ReceiptResponse', description: 'the signed receipt of a confirmed settlement' });
