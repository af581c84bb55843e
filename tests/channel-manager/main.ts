/** A process that manages the channels of the tests' provider until it is killed. Its arguments: Redis, the chain, the facilitator, its rules in JSON. */
import type { ManagerEvent } from '@x402-facilitator/server/channel-manager';
import { openRedisChannelStore } from '@x402-facilitator/server/redis';
import { Redis } from 'ioredis';
import { channelManager } from '../support/channel-manager.js';

const [redisUrl = '', chainUrl = '', facilitatorUrl = '', rules = '{}'] = process.argv.slice(2);
const store = await openRedisChannelStore(new Redis(redisUrl));
const onEvent = (event: ManagerEvent) =>
  process.stderr.write(
    `${JSON.stringify(event, (_, value) => (typeof value === 'bigint' ? `${value}` : value))}\n`,
  );
channelManager(store, { chainUrl, facilitatorUrl, rules: JSON.parse(rules), onEvent }).manager.start();
process.stdout.write('managing\n');
