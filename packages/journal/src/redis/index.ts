export type { Redis as RedisConnection } from 'ioredis';
export {
  type AcknowledgedWrites,
  type AcknowledgedWritesOptions,
  NotReplicatedError,
  openAcknowledgedWrites,
} from './acknowledged-writes.js';
export {
  answered,
  isRedisUnavailable,
  JournalCorruptError,
  JournalUnavailableError,
  REDIS_REFUSALS,
  type RedisRefusal,
} from './answered.js';
export {
  type ConnectRedisOptions,
  connectRedis,
  disconnectRedis,
  isReadyInTime,
  type RedisRole,
} from './connect.js';
export { decodeReply, defineScript, type Script } from './define-script.js';
export { defineWord, WordNotReplicatedError } from './define-word.js';
export {
  DURABILITY_SETTINGS,
  type DurabilityProblem,
  type DurabilityReport,
  type DurabilitySetting,
  inspectRedisDurability,
  RedisNotDurableError,
} from './durability.js';
export { amountField, countField, outRefField, txHashField } from './hash-fields.js';
export { scanKeys } from './scan-keys.js';
export { type RedisNode, type RedisSettings, redisSettingsFromUrl } from './settings.js';
export { jsonField, type OnNetwork, parseStored, readStored } from './stored.js';
export { type JournalFault, type RedisWatch, type RedisWatchOptions, watchRedis } from './watch-redis.js';
