export { askRedis, timeByRedis } from './ask-redis.js';
export { type ChainKeys, chainKeys } from './keys.js';
export type { RedisCommands, RedisSubscriber } from './redis-commands.js';
