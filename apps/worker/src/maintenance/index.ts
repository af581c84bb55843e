export { type Loop, startLoop, within } from './loop.js';
export { LEASE_TTL_MS, maintainNetwork } from './maintain-network.js';
