export * from './archive/index.js';
export * from './discovery/index.js';
export {
  createKeyStore,
  type KeyProblem,
  type KeySettings,
  type KeyStore,
  type MadeKey,
  type StoredKey,
} from './keys/index.js';
export * from './operators/index.js';
export * from './presence/index.js';
export * from './queue/index.js';
export * from './receipts/index.js';
export {
  type AcknowledgedWrites,
  connectRedis,
  DURABILITY_SETTINGS,
  disconnectRedis,
  isReadyInTime,
  isRedisUnavailable,
  type JournalFault,
  JournalUnavailableError,
  openAcknowledgedWrites,
  REDIS_REFUSALS,
  type RedisConnection,
  type RedisRole,
  type RedisWatch,
  redisSettingsFromUrl,
  WordNotReplicatedError,
  watchRedis,
} from './redis/index.js';
export * from './settlements/index.js';
export * from './sponsorship/index.js';
export {
  createKeyUsage,
  type KeyRefusal,
  type KeyUsage,
  type QuotaReached,
  type Usage,
  type UsagePeriod,
} from './usage/index.js';
export * from './webhooks/index.js';
