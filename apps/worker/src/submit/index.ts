export { advanceSettlement } from './advance-settlement.js';
export type { SubmitContext } from './context.js';
export { traceJob } from './trace-job.js';
