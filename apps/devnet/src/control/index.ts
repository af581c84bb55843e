export { BlockTimer } from './block-timer.js';
export { type Fault, type FaultRequest, type FaultSpec, Faults, faultSpec } from './faults.js';
export { RequestCounts } from './requests.js';
