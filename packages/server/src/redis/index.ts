export {
  openRedisChannelStore,
  type RedisChannelCommands,
  type RedisChannelStoreOptions,
  type RedisDurability,
} from './channel-store.js';
export { createRedisStore, type RedisCommands, type RedisStoreOptions } from './redis-store.js';
