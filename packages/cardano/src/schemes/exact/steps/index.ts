export type { VerificationPolicy } from '../../policy.js';
export type { PaymentRequest } from '../../request.js';
export type { Rule } from '../../rule.js';
export { REFUSAL_CODES, type RefusalCode } from '../facts/codes.js';
export type { ReservedInput } from '../facts/facts.js';
export { payingOutputs } from '../facts/paying-outputs.js';
export type { PaymentTerms, Refusal, TransferMethod, Verdict, VerifiedPayment } from '../facts/terms.js';
export { RULES } from '../rules/index.js';
export {
  type ChainCheckFacts,
  type CheckedInputs,
  checkAgainstChain,
  checkByLedger,
  checkInputs,
  ledgerQuestion,
} from './check-against-chain.js';
export {
  type CheckedRequest,
  type CheckedRequirements,
  checkRequest,
  checkRequirements,
} from './check-request.js';
export {
  type CheckedTransaction,
  checkTransaction,
  type DecodedPayment,
  decodePayment,
  type TransactionCheckFacts,
} from './check-transaction.js';
