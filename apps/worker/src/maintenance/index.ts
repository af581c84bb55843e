export { LEASE_TTL_MS, maintainNetwork } from './maintain-network.js';
