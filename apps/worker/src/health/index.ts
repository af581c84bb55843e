export { pingRedis, startHealthServer, type WorkerHealth } from './health-server.js';
