export { networkOf } from './address.js';
export { createGuardedServer, MONITORING_SERVER } from './guarded-server.js';
