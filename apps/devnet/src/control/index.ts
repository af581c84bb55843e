export { BlockTimer } from './block-timer.js';
export { type Fault, type FaultRequest, type FaultSpec, Faults, type FaultTarget } from './faults.js';
export { RequestCounts } from './requests.js';
export { type Controls, controlRoutes } from './routes.js';
