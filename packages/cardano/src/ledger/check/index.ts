export { askValidator, type ValidatorQuestion, validatorQuestion } from './ask-validator.js';
export { checkLedger } from './check-ledger.js';
export { namedOutputs } from './inputs-and-outputs.js';
export { judgeByLedger, LEDGER_RULES, type LedgerRule } from './judge-by-ledger.js';
export type { LedgerCheck, LedgerFailure, LedgerInput, LedgerOutcome } from './outcome.js';
export { minimumFee, referenceScriptFee } from './rules/fee.js';
export { minimumLovelace } from './rules/min-utxo.js';
export { invalidSigners } from './rules/signatures.js';
export type { ValidatorOutcome } from './validator.js';
