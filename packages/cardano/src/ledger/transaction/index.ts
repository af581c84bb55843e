export { createdOutputs, referenceScriptOf } from './created-outputs.js';
export type { ScriptLanguage } from './decode/script.js';
export { decodeTransaction } from './decode-transaction.js';
export { provenOutputs } from './proven-outputs.js';
export { type CreatedOutputs, readCreatedOutputs } from './read-created-outputs.js';
export type {
  BootstrapWitness,
  DatumWitness,
  ForbiddenField,
  Redeemer,
  Transaction,
  TransactionOutput,
  Value,
  VkeyWitness,
} from './transaction.js';
