export { type HealthServer, startHealthServer, type WorkerHealth } from './health-server.js';
export { pingRedis } from './ping-redis.js';
