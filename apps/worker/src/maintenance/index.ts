export { type Loop, startLoop } from './loop.js';
export { LEASE_TTL_MS, type Maintenance, maintainNetwork } from './maintain-network.js';
export { within } from './within.js';
