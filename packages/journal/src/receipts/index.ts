export { createReceiptStore, type ReceiptStore } from './receipt-store.js';
