export { advanceSettlement } from './advance-settlement.js';
export type { SubmitContext } from './context.js';
export { lookAtInputs } from './look-at-inputs.js';
export { lookOnChain, type Whereabouts } from './look-on-chain.js';
export { traceJob } from './trace-job.js';
