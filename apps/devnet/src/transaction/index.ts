export { type TransactionDetails, transactionDetails } from './details.js';
export type { MetadataEntry } from './metadata.js';
export { type NativeScript, nativeScriptJson } from './native-script.js';
export { type PlutusDataJson, plutusDataJson } from './plutus-data.js';
