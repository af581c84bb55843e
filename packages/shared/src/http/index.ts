export { networkOf } from './address.js';
export { type ConnectionCut, createGuardedServer, MONITORING_SERVER } from './guarded-server.js';
