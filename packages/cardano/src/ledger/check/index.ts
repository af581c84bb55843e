export { askValidator, type ValidatorQuestion, validatorQuestion } from './ask-validator.js';
export { checkLedger } from './check-ledger.js';
export { namedOutputs } from '../phase-1/inputs-and-outputs.js';
export { judgeByLedger, LEDGER_RULES, type LedgerRule } from './judge-by-ledger.js';
export type { LedgerCheck, LedgerFailure, LedgerInput, LedgerOutcome } from '../phase-1/outcome.js';
export { minimumFee, referenceScriptFee } from '../phase-1/fee.js';
export { minimumLovelace } from '../phase-1/min-utxo.js';
export { invalidSigners } from '../phase-1/signatures.js';
export type { ValidatorOutcome } from './validator.js';
