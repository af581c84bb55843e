export { REFUSAL_CODES, type RefusalCode } from './codes.js';
export type { VerificationPolicy } from './policy.js';
export type { PaymentRequest } from './request.js';
export type { PaymentTerms, Refusal, TransferMethod, Verdict, VerifiedPayment } from './verdict.js';
