export { probeRedis, startHealthServer, type WorkerHealth } from './health-server.js';
