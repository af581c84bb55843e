import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { x402ResourceServer } from '@x402/core/server';
import { paymentMiddleware } from '@x402/express';
import type { CardanoFacilitatorClient } from '@x402-facilitator/server';
import {
  BatchSettlementCardanoScheme,
  type ChannelStore,
  type RefundKeys,
} from '@x402-facilitator/server/channels';
import { openRedisChannelStore } from '@x402-facilitator/server/redis';
import express from 'express';
import { Redis } from 'ioredis';
import { startRedis } from '../redis/index.js';
import type { Stack } from '../stack/index.js';

export type ChannelShop = {
  /** What it sells. */
  readonly url: string;
  readonly store: ChannelStore;
  stop(): Promise<void>;
};

/** A shop that sells one resource through channels, with a Redis of its own that writes each promise to the disk. */
export async function startChannelShop(options: {
  readonly facilitator: CardanoFacilitatorClient;
  readonly scriptHash: string;
  /** The hash of the key that claims. */
  readonly receiverAuthorizer: string;
  readonly keys: RefundKeys;
  readonly network: Stack['network'];
  readonly payTo: string;
  /** Atomic units of ADA. */
  readonly price: bigint;
}): Promise<ChannelShop> {
  const { network, payTo, price, ...terms } = options;
  const redis = await startRedis({ exclusive: true, persistence: 'always' });
  const connection = new Redis(redis.url, { enableAutoPipelining: true });
  const listener = createServer({ maxHeaderSize: 65_536 });
  const stop = async () => {
    listener.closeAllConnections();
    listener.close();
    connection.disconnect();
    await redis.stop();
  };
  try {
    const store = await openRedisChannelStore(connection);
    const channels = new BatchSettlementCardanoScheme({ ...terms, store });
    const server = new x402ResourceServer(terms.facilitator).register(network, channels);
    const accepts = channels.accepts({ network, payTo, price: { asset: 'lovelace', amount: `${price}` } });
    const app = express();
    app.use(paymentMiddleware({ 'GET /answer': { accepts } }, server));
    app.get('/answer', (_request, response) => {
      response.json({ answer: 42 });
    });
    listener.on('request', app).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return { url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}/answer`, store, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
