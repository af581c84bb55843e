export { countTransitions, forgetSpentOutputs, reportFailures } from './listeners.js';
export { logTransitions } from './log-transitions.js';
export { createObservedInclusions, type ObservedInclusions } from './observed-inclusions.js';
export { recordInclusion } from './record-inclusion.js';
export { recordedRequest } from './recorded-request.js';
export { createSettlementWriter, type SettlementWriter } from './settlement-writer.js';
export { traceTransitions } from './trace-transitions.js';
