export { createRedisStore, type RedisCommands, type RedisStoreOptions } from './redis-store.js';
