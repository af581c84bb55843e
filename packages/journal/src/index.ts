export * from './presence/index.js';
export * from './queue/index.js';
export * from './receipts/index.js';
export {
  type AcknowledgedWrites,
  connectRedis,
  DURABILITY_SETTINGS,
  type DurabilitySetting,
  disconnectRedis,
  isRedisUnavailable,
  type JournalFault,
  JournalUnavailableError,
  openAcknowledgedWrites,
  REDIS_REFUSALS,
  type RedisConnection,
  RedisNotDurableError,
  type RedisRefusal,
  type RedisRole,
  type RedisWatch,
  redisSettingsFromUrl,
  watchRedis,
} from './redis/index.js';
export * from './settlements/index.js';
export * from './sponsorship/index.js';
