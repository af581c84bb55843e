import type { z } from 'zod';
import { receiptSchema, signedReceiptSchema } from '../receipts/index.js';

/** Answer of `GET /status/:transaction/receipt`. */
export const receiptResponseSchema = signedReceiptSchema
  .extend({ receipt: receiptSchema })
  .meta({ id: 'ReceiptResponse', description: 'the signed receipt of a confirmed settlement' });

export type ReceiptResponse = z.output<typeof receiptResponseSchema>;
