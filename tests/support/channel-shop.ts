import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type RoutesConfig, x402ResourceServer } from '@x402/core/server';
import { paymentMiddleware } from '@x402/express';
import type { CardanoFacilitatorClient } from '@x402-facilitator/server';
import {
  BatchSettlementCardanoScheme,
  type ChannelStore,
  type RefundKeys,
} from '@x402-facilitator/server/channels';
import { openRedisChannelStore } from '@x402-facilitator/server/redis';
import { ROOT } from '@x402-facilitator/tools/stack';
import express from 'express';
import { Redis } from 'ioredis';

/** What the quick start leaves to its reader. */
export type ShopOptions = {
  readonly facilitator: CardanoFacilitatorClient;
  readonly redisUrl: string;
  readonly scriptHash: string;
  readonly receiverAuthorizer: string;
  readonly network: string;
  readonly payTo: string;
  /** The seller’s key. */
  readonly keys?: RefundKeys | undefined;
  /** In place of the price on the page. */
  readonly price?: { readonly asset: string; readonly amount: string };
  /** Runs within each sale. */
  readonly selling?: (() => Promise<void>) | undefined;
};

type QuickStart = (
  names: Readonly<Record<string, unknown>>,
) => Promise<{ readonly server: x402ResourceServer; readonly routes: RoutesConfig; readonly redis: Redis }>;

/** The quick start for sellers, word for word but for where Redis is and what a request costs. */
function quickStart({ redisUrl, price }: ShopOptions): QuickStart {
  const page = readFileSync(join(ROOT, 'docs/channels.md'), 'utf8');
  const [, code] = /^## For sellers\n\n```js\n([\s\S]*?)^```$/m.exec(page) ?? [];
  if (code === undefined) throw new Error('expected a quick start under "For sellers", found none');
  const AsyncFunction = (async () => undefined).constructor as new (...texts: string[]) => QuickStart;
  const body = code
    .replace("'redis://127.0.0.1'", () => JSON.stringify(redisUrl))
    .replace("'0.001 ADA'", (written) => (price === undefined ? written : JSON.stringify(price)));
  const names =
    'Redis, BatchSettlementCardanoScheme, openRedisChannelStore, x402ResourceServer, facilitator, scriptHash, receiverAuthorizer, keys, network, payTo';
  return new AsyncFunction(`{ ${names} }`, `${body}return { server, routes, redis };`);
}

/** A shop that sells `GET /price` as the quick start says, and numbers what it sells. */
export async function startChannelShop(options: ShopOptions) {
  const { facilitator, scriptHash, receiverAuthorizer, keys, network, payTo } = options;
  const { server, routes, redis } = await quickStart(options)({
    ...{ Redis, BatchSettlementCardanoScheme, openRedisChannelStore, x402ResourceServer },
    ...{ facilitator, scriptHash, receiverAuthorizer, keys, network, payTo },
  });
  let sold = 0;
  const app = express();
  app.use(paymentMiddleware(routes, server));
  app.get('/price', async (_request, response) => {
    await options.selling?.();
    sold += 1;
    response.json({ sold });
  });
  const listener = createServer({ maxHeaderSize: 65_536 }, app).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const store: ChannelStore = await openRedisChannelStore(redis);
  return {
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}/price`,
    store,
    /** How often its handler ran. */
    sold: () => sold,
    /** Safe to call twice. */
    async stop() {
      listener.closeAllConnections();
      listener.close();
      redis.disconnect();
    },
  };
}
