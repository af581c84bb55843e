export { type TransactionDetails, transactionDetails } from './details.js';
export { nativeScriptJson } from './native-script.js';
export { plutusDataJson } from './plutus-data.js';
