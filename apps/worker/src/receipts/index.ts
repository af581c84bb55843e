export { startReceipts } from './start-receipts.js';
