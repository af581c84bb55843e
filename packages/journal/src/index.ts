export * from './presence/index.js';
export * from './queue/index.js';
export * from './receipts/index.js';
export {
  checkRedisDurability,
  connectRedis,
  disconnectRedis,
  isRedisUnavailable,
  JournalUnavailableError,
  type RedisConnection,
  RedisNotDurableError,
  type RedisRole,
  redisSettingsFromUrl,
} from './redis/index.js';
export * from './settlements/index.js';
export * from './sponsorship/index.js';
