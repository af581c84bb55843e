// A channel manager that runs by itself until it is killed. Everything owed is claimed every two seconds.
import { blockfrost, keysOf } from '@x402-facilitator/client';
import { CardanoFacilitatorClient } from '@x402-facilitator/server';
import { ChannelManager } from '@x402-facilitator/server/channel-manager';
import { openRedisChannelStore } from '@x402-facilitator/server/redis';
import { Redis } from 'ioredis';

const { CHAIN_URL, FACILITATOR_URL, NETWORK, REDIS_URL, SEED_PHRASE, VALIDATOR } = process.env;
const manager = new ChannelManager({
  store: await openRedisChannelStore(new Redis(REDIS_URL)),
  chain: blockfrost(NETWORK, { url: CHAIN_URL }),
  facilitator: new CardanoFacilitatorClient({ url: FACILITATOR_URL }),
  keys: await keysOf({ seedPhrase: SEED_PHRASE }, NETWORK),
  validator: { kind: 'reference', ref: VALIDATOR },
  checkEveryMs: 500,
  intervalMs: 2000,
  belowMinimum: 'add',
  onEvent: (event) =>
    process.stderr.write(`${event.kind} ${event.message ?? event.txHash ?? event.channelId}\n`),
});
manager.start();
process.stdout.write('managing\n');
