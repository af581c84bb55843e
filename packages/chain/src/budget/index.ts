export type { BudgetGrant, RequestBudget } from './budget.js';
export { type BudgetLimits, limitsOf } from './limits.js';
export { currentPriority, type Priority, prioritized } from './priority.js';
export { createRequestBudget, type RequestBudgetOptions } from './request-budget.js';
