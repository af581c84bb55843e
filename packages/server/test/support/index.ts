export { type Fault, type FaultProxy, startFaultProxy } from './fault-proxy.js';
export { FRAMEWORKS, startShop } from './shops.js';
