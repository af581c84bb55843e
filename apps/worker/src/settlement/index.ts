export { countTransitions } from './count-transitions.js';
export { forgetSpentOutputs } from './forget-spent-outputs.js';
export { logTransitions } from './log-transitions.js';
export { createObservedInclusions, type ObservedInclusions } from './observed-inclusions.js';
export { recordInclusion } from './record-inclusion.js';
export { recordedRequest } from './recorded-request.js';
export { reportFailures } from './report-failures.js';
export { createSettlementWriter, type SettlementWriter } from './settlement-writer.js';
export { traceTransitions } from './trace-transitions.js';
