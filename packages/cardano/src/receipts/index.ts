export {
  publicResource,
  RECEIPT_VERSION,
  type Receipt,
  receiptSchema,
  receiptText,
  type SignedReceipt,
  signedReceiptSchema,
} from './receipt.js';
export { type VerifiedReceipt, verifyReceipt } from './verify-receipt.js';
