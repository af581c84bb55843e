export * from './archive/index.js';
export * from './discovery/index.js';
export * from './operators/index.js';
export * from './presence/index.js';
export * from './queue/index.js';
export * from './receipts/index.js';
export {
  type AcknowledgedWrites,
  connectRedis,
  DURABILITY_SETTINGS,
  disconnectRedis,
  isRedisUnavailable,
  type JournalFault,
  JournalUnavailableError,
  openAcknowledgedWrites,
  REDIS_REFUSALS,
  type RedisConnection,
  type RedisRole,
  type RedisWatch,
  redisSettingsFromUrl,
  watchRedis,
} from './redis/index.js';
export * from './settlements/index.js';
export * from './sponsorship/index.js';
