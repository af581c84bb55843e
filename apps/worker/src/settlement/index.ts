export { countTransitions } from './count-transitions.js';
export { ERROR_REASONS } from './error-reasons.js';
export { forgetSpentOutputs } from './forget-spent-outputs.js';
export { type ChainWitness, createChainWitness } from './observed-inclusions.js';
export { recordLanding } from './record-inclusion.js';
export { recordedRequest } from './recorded-request.js';
export { reportFailures } from './report-failures.js';
export { createSettlementWriter, type SettlementWriter } from './settlement-writer.js';
export { traceTransitions } from './trace-transitions.js';
