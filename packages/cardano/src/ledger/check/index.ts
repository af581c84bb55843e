export { askValidator, type ValidatorQuestion, validatorQuestion } from './ask-validator.js';
export { judgeByLedger } from './judge-by-ledger.js';
export type { ValidatorOutcome } from './validator.js';
