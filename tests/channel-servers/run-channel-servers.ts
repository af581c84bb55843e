import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openRedisChannelStore } from '@x402-facilitator/server/redis';
import { freePort, type ManagedProcess, startProcess } from '@x402-facilitator/tools/processes';
import { startRedis } from '@x402-facilitator/tools/redis';
import { ROOT } from '@x402-facilitator/tools/stack';
import { Redis } from 'ioredis';
import { createRandom, type Random } from '../chaos/random.js';
import { type ChannelBuyer, channelBuyer, type Terms } from '../support/channel-buyer.js';

/** How much is bought, and by which numbers servers are killed. */
export type ChannelServersOptions = {
  readonly vouchers: number;
  readonly channels: number;
  readonly seed: number;
  readonly announce?: (line: string) => void;
};

/** What came of it. `problems` says every promise that was broken. */
export type ChannelServersReport = {
  readonly served: number;
  readonly kills: number;
  /** Requests that were shown again: busy channels, broken connections. */
  readonly repeats: number;
  readonly corrected: number;
  readonly seconds: number;
  readonly problems: readonly string[];
};

const PRICE = 1000n;
const NETWORK = 'cardano:preprod';
const SCRIPT_HASH = '62ce4309e37e09e5c633c96c6ae68061c434f122d32626d6912d7c2a';
const PAY_TO =
  'addr_test1qrxchm0g4la6hqfd9wq6vuuldx7l20az52t7lvgpgujr8pvwmpzru5kuf4mpmvtaf0hlsjtz7t4r2h7tj9v3c02dhljq0wqkef';

type Paid = {
  readonly chargedAmount: string;
  readonly channelState: { readonly chargedCumulativeAmount: string };
};

/** Two servers on one Redis sell while they are killed and started again, and every answer is checked against the store. */
export async function runChannelServers(options: ChannelServersOptions): Promise<ChannelServersReport> {
  const { vouchers, channels, seed, announce = () => undefined } = options;
  const random = createRandom(seed);
  const redis = await startRedis({ exclusive: true, persistence: 'always' });
  const connection = new Redis(redis.url, { enableAutoPipelining: true });
  const store = await openRedisChannelStore(connection);
  const servers = await Promise.all([startShop(redis.url, 1), startShop(redis.url, 2)]);
  const tally = { served: 0, kills: 0, repeats: 0, corrected: 0 };
  const problems: string[] = [];
  const startedAt = Date.now();
  let isBuying = true;

  const strike = async () => {
    const when = random.fork('kills');
    while (isBuying) {
      await sleep(when.between(100, 600));
      if (!isBuying) return;
      tally.kills += 1;
      await when.pick(servers).killAndRestart(when.between(0, 200));
    }
  };

  const buy = async (buyer: ChannelBuyer, items: number, choice: Random) => {
    let count = 0n;
    let terms: Terms | undefined;
    for (let n = 0; n < items; ) {
      const path = `/item/${n}`;
      const promised = count + PRICE;
      const { url } = choice.pick(servers);
      const header = terms && buyer.pay(terms, promised);
      const reply = await ask(`${url}${path}`, header);
      if (reply === undefined) {
        tally.repeats += 1;
        await sleep(choice.between(5, 40));
        continue;
      }
      if (reply.status === 402) {
        const [next] = reply.required?.accepts ?? [];
        if (terms === undefined) terms = next;
        else if (reply.required?.error === 'invalid_batch_settlement_cardano_channel_busy') await sleep(20);
        else if (reply.required?.error === 'invalid_batch_settlement_cardano_cumulative_amount_mismatch') {
          // No response of 64 KiB or less is lost: the count of buyer and seller never part.
          problems.push(
            `${buyer.channelId} item ${n}: count ${count}, corrected to ${JSON.stringify(next?.extra)}`,
          );
          tally.corrected += 1;
          return count;
        } else
          problems.push(`${buyer.channelId} item ${n}: ${reply.required?.error ?? reply.paid?.errorReason}`);
        tally.repeats += 1;
        continue;
      }
      const record = await store.read(buyer.channelId);
      const extra = reply.paid?.extra;
      if (reply.status !== 200 || extra === undefined || reply.body?.n !== n) {
        problems.push(`${buyer.channelId} item ${n}: status ${reply.status} ${JSON.stringify(reply.body)}`);
        continue;
      }
      const charged = BigInt(extra.chargedAmount);
      if (charged !== (n % 4 === 3 ? PRICE / 2n : PRICE)) problems.push(`item ${n}: charged ${charged}`);
      if (BigInt(extra.channelState.chargedCumulativeAmount) !== count + charged)
        problems.push(
          `${buyer.channelId} item ${n}: count ${count}, told ${extra.channelState.chargedCumulativeAmount}`,
        );
      count += charged;
      // It was served: the store holds the promise that pays for it.
      if (record?.iou === undefined || record.iou.amount < promised || record.charged !== count)
        problems.push(
          `${buyer.channelId} item ${n}: served, but the store has ${record?.charged} of ${count}`,
        );
      else if (!buyer.isOwn(record.iou.amount, record.iou.signature))
        problems.push(`${buyer.channelId} item ${n}: the store’s promise is not the buyer’s`);
      tally.served += 1;
      if (tally.served % 1000 === 0) announce(`${tally.served} served, ${tally.kills} kills`);
      n += 1;
    }
    return count;
  };

  try {
    const striking = strike();
    const buyers = Array.from({ length: channels }, (_each, at) => channelBuyer(at + 1));
    const counts = await Promise.all(
      buyers.map((buyer, at) =>
        buy(buyer, Math.floor(vouchers / channels), random.fork(`buyer ${at}`)).then(
          (count) => [buyer, count] as const,
        ),
      ),
    );
    isBuying = false;
    await striking;
    let total = 0n;
    for await (const { charged } of store.list()) total += charged;
    const expected = counts.reduce((sum, [, count]) => sum + count, 0n);
    if (total !== expected)
      problems.push(`the store lists ${total} charged, the buyers have paid ${expected}`);
    for (const [{ channelId }, count] of counts) {
      const record = await store.read(channelId);
      if (record?.charged !== count || (record.iou?.amount ?? 0n) < count)
        problems.push(
          `${channelId}: charged ${record?.charged}, signed ${record?.iou?.amount}, paid ${count}`,
        );
    }
    return { ...tally, seconds: (Date.now() - startedAt) / 1000, problems };
  } finally {
    isBuying = false;
    await Promise.all(servers.map((server) => server.stop()));
    connection.disconnect();
    await redis.stop();
  }
}

async function ask(url: string, payment: string | undefined) {
  try {
    const headers = payment === undefined ? {} : { 'payment-signature': payment };
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(10_000) });
    const body = (await response.json()) as { n?: number } | undefined;
    return {
      status: response.status,
      body,
      required: decoded<{ error?: string; accepts: Terms[] }>(response.headers.get('payment-required')),
      paid: decoded<{ errorReason?: string; extra?: Paid }>(response.headers.get('payment-response')),
    };
  } catch {
    // The server was killed before, or while, it answered.
    return undefined;
  }
}

function decoded<T>(header: string | null): T | undefined {
  return header === null ? undefined : (JSON.parse(Buffer.from(header, 'base64').toString()) as T);
}

async function startShop(redisUrl: string, number: number) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const start = () =>
    startProcess({
      name: `channel-shop-${number}`,
      command: process.execPath,
      args: [join(ROOT, 'packages/server/test/support/channel-shop.mjs')],
      cwd: ROOT,
      env: {
        PATH: process.env.PATH ?? '',
        NETWORK,
        PAY_TO,
        PORT: `${port}`,
        PRICE: `${PRICE}`,
        RECEIVER_AUTHORIZER: 'cd'.repeat(28),
        REDIS_URL: redisUrl,
        SCRIPT_HASH,
      },
      ready: { kind: 'probe', probe: async () => (await fetch(`${url}/item/0`)).status === 402 },
    });
  let running: ManagedProcess = await start();
  return {
    url,
    async killAndRestart(pauseMs: number) {
      running.signal('SIGKILL');
      await running.exited;
      await sleep(pauseMs);
      running = await start();
    },
    stop: () => running.stop(),
  };
}
