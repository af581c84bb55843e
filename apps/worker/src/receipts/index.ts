export { startReceipts } from './issue-receipts.js';
