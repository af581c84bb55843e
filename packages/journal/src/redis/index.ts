export type { Redis as RedisConnection } from 'ioredis';
export { type ConnectRedisOptions, connectRedis, disconnectRedis, type RedisRole } from './connect.js';
export {
  checkRedisDurability,
  type DurabilityProblem,
  type DurabilityReport,
  inspectRedisDurability,
  RedisNotDurableError,
} from './durability.js';
export { type RedisNode, type RedisSettings, redisSettingsFromUrl } from './settings.js';
export { isRedisUnavailable } from './unavailable.js';
