/** A process that manages the channels of the tests' provider until it is killed. Its arguments: Redis, the chain, the facilitator. */
import { openRedisChannelStore } from '@x402-facilitator/server/redis';
import { Redis } from 'ioredis';
import { channelManager } from '../support/channel-manager.js';

const [redisUrl = '', chainUrl = '', facilitatorUrl = ''] = process.argv.slice(2);
const store = await openRedisChannelStore(new Redis(redisUrl));
channelManager(store, { chainUrl, facilitatorUrl }).manager.start();
