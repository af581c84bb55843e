export {
  askValidator,
  phase2Failures,
  phase2Question,
  type ValidatorQuestion,
  validatorQuestion,
} from './ask-validator.js';
export { judgeByLedger } from './judge-by-ledger.js';
export type { ValidatorOutcome } from './validator.js';
