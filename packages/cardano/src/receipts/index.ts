export {
  RECEIPT_VERSION,
  type Receipt,
  receiptSchema,
  receiptText,
  type SignedReceipt,
  signedReceiptSchema,
} from './receipt.js';
export { type ReceiptVerdict, verifyReceipt } from './verify-receipt.js';
