export type { LoadOutcome, RequestTime } from './plan.js';
export { type Load, runLoad } from './run-load.js';
