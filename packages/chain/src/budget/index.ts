export { askForOneself } from './ask-for-oneself.js';
export { type BudgetGrant, type RequestBudget, spareOf } from './budget.js';
export { type BudgetLimits, limitsOf } from './limits.js';
export {
  createLookupPayment,
  type LookupAllowance,
  type LookupCaller,
  LookupLimitError,
  type LookupPayment,
  type LookupsRefused,
} from './lookup-payment.js';
export { createRequestBudget } from './request-budget.js';
