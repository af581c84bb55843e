export type { RequestBudget } from './budget.js';
export { type BudgetLimits, limitsOf } from './limits.js';
export { currentPriority, prioritized } from './priority.js';
export { createRequestBudget } from './request-budget.js';
