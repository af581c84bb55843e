import { parseAddress } from '@x402-facilitator/cardano/ledger';
import { CHANNEL_VALIDATOR } from '@x402-facilitator/cardano/testing';
import { blockfrost, type ChainReader, keysOf, newSeedPhrase } from '@x402-facilitator/client';
import type { ChannelRecord, ChannelStore } from '@x402-facilitator/server/channels';
import { openRedisChannelStore } from '@x402-facilitator/server/redis';
import { waitUntil } from '@x402-facilitator/tools/processes';
import { publishValidator, type Stack, startStack } from '@x402-facilitator/tools/stack';
import { Redis } from 'ioredis';
import { createRandom, type Random } from '../chaos/random.js';
import { devnetClock } from '../support/channel-devnet.js';
import { type Account, isSigned, problemsOf, type Row, rowOf } from './balance.js';
import { type Buyer, openBuyer } from './buyer.js';
import { booksOf } from './ledger-books.js';
import { killableWorker, startManager, startShop, startStore, strike } from './processes.js';

/** How much is bought, and by which numbers processes are killed. */
export type ChannelServersOptions = {
  readonly vouchers: number;
  readonly channels: number;
  readonly seed: number;
  readonly announce?: (line: string) => void;
};

/** What came of it. `problems` says every promise that was broken. */
export type ChannelServersReport = {
  readonly served: number;
  /** Of servers, their store, and the facilitator's worker. */
  readonly kills: number;
  readonly managerKills: number;
  /** Transactions of the manager on the ledger. */
  readonly claims: number;
  /** Requests that were shown again: busy channels, broken connections. */
  readonly repeats: number;
  readonly corrected: number;
  /** Why requests were not served at once, and how often. */
  readonly refusals: Readonly<Record<string, number>>;
  readonly seconds: number;
  /** Closed by the buyer, settled by the seller, ended by the buyer. */
  readonly settled: Row;
  /** Closed by the buyer after the seller was gone, and left when the close period was over. */
  readonly abandoned: Row;
  readonly problems: readonly string[];
};

const PRICE = 20_000n;
const SCRIPT = CHANNEL_VALIDATOR.reference.hash;
const COUNT_DIFFERS = 'invalid_batch_settlement_cardano_cumulative_amount_mismatch';

/**
 * Two servers on one Redis sell, and a channel manager claims, while they, the Redis and the facilitator's worker are killed and
 * started again. Every answer is checked
 * against the store; then the channels are ended, and every wallet against the ledger.
 */
export async function runChannelServers(options: ChannelServersOptions): Promise<ChannelServersReport> {
  const startedAt = Date.now();
  const stack = await startStack({
    blockMs: 250,
    paywall: false,
    settings: { X402_BATCH_SETTLEMENT__SCRIPTS: JSON.stringify([SCRIPT]) },
  });
  const kept = await startStore();
  const connection = new Redis(kept.url, { enableAutoPipelining: true });
  connection.on('error', () => undefined);
  try {
    const store = await openRedisChannelStore(connection);
    const report = await run(stack, kept, store, options);
    return { ...report, seconds: Math.round((Date.now() - startedAt) / 1000) };
  } finally {
    connection.disconnect();
    await kept.stop();
    await stack.stop();
  }
}

async function run(
  stack: Stack,
  kept: Awaited<ReturnType<typeof startStore>>,
  store: ChannelStore,
  { vouchers, channels, seed, announce = () => undefined }: ChannelServersOptions,
): Promise<Omit<ChannelServersReport, 'seconds'>> {
  const random = createRandom(seed);
  const problems: string[] = [];
  const tally = { served: 0, repeats: 0, corrected: 0 };
  const reasons: Record<string, number> = {};
  const chain = blockfrost(stack.network, { url: stack.devnet.url });
  const clock = devnetClock(() => stack);
  const published = await publishValidator(stack, CHANNEL_VALIDATOR.bytes);
  const market = {
    chain,
    control: stack.control,
    scriptHash: SCRIPT,
    published,
    price: PRICE,
    now: clock.now,
  };
  const buyers: Buyer[] = [];
  for (let count = 0; count < channels; count += 1) buyers.push(await openBuyer(market));
  const seedPhrase = newSeedPhrase();
  const seller = await keysOf({ seedPhrase }, stack.network);
  for (const lovelace of [200_000_000n, 8_000_000n])
    await stack.control.fund({ address: seller.address, lovelace });
  const sellerAddresses = [stack.payTo, seller.address];
  const sellerHeld = await heldAt(chain, sellerAddresses);
  announce(`${channels} buyers have wallets`);

  const facilitatorUrl = stack.apis[0]?.url ?? '';
  const both = { FACILITATOR_URL: facilitatorUrl, NETWORK: stack.network, REDIS_URL: kept.url };
  const shop = {
    ...both,
    PAY_TO: stack.payTo,
    PRICE: `${PRICE}`,
    RECEIVER_AUTHORIZER: keyHashIn(seller.address),
    SCRIPT_HASH: SCRIPT,
  };
  const managing = { ...both, CHAIN_URL: stack.devnet.url, SEED_PHRASE: seedPhrase, VALIDATOR: published };
  const servers = await Promise.all([startShop(shop, 1), startShop(shop, 2)]);
  const items = Math.floor(vouchers / channels);
  const pauses = { leastMs: 1000, mostMs: 5000 };

  const buy = async (account: Account, from: number, to: number, choice: Random) => {
    const { buyer, channelId } = account;
    const told = (n: number, what: string) => problems.push(`${channelId} item ${n}: ${what}`);
    for (let n = from; n < to; n += 1) {
      const { status, body, charged, repeats, refusals } = await buyer.buy(
        `/item/${n}`,
        () => choice.pick(servers).url,
      );
      tally.repeats += repeats;
      for (const reason of refusals) reasons[reason] = (reasons[reason] ?? 0) + 1;
      // No answer of 64 KiB or less is lost: the counts of buyer and seller never part.
      const corrections = refusals.filter((code) => code === COUNT_DIFFERS).length;
      if (corrections > 0) told(n, 'the counts of buyer and seller parted');
      tally.corrected += corrections;
      if (status !== 200 || body.n !== n) {
        told(n, `status ${status} ${JSON.stringify(body)} after ${refusals.join(', ')}`);
        return;
      }
      if (charged !== (n % 4 === 3 ? PRICE / 2n : PRICE)) told(n, `charged ${charged}`);
      account.charged += charged ?? 0n;
      // It was served: the store holds the promise that pays for it.
      const record = await store.read((await buyer.record()).id);
      if (record?.charged !== account.charged || !isSigned(record))
        told(n, `served, but the store has ${record?.charged} of ${account.charged}`);
      tally.served += 1;
      if (tally.served % 1000 === 0) announce(`${tally.served} served`);
    }
  };

  const manager = await startManager(managing);
  const others = [kept, killableWorker(stack)];
  // One after the other: a server cannot start while its store is away.
  const serversStruck = strike([...servers, ...servers, ...others], random.fork('servers'), {
    leastMs: 300,
    mostMs: 1200,
  });
  const managerStruck = strike([manager], random.fork('manager'), pauses);
  const accounts = await Promise.all(
    buyers.map(async (buyer, at) => {
      const held = await buyer.holds();
      const account = { buyer, channelId: `buyer ${at}`, opening: '', held, charged: 0n };
      const choice = random.fork(`buyer ${at}`);
      await buy(account, 0, 1, choice);
      const { id, ref } = await buyer.record();
      const opened: Account = { ...account, channelId: id, opening: ref };
      await buy(opened, 1, items - 1, choice);
      return opened;
    }),
  );
  let managerKills = await managerStruck.stop();
  await manager.stop();
  announce('the manager is stopped; one more item for each, then half of the buyers close');
  await Promise.all(
    accounts.map((account, at) => buy(account, items - 1, items, random.fork(`last item ${at}`))),
  );
  const kills = await serversStruck.stop();

  const half = Math.ceil(accounts.length / 2);
  const [settled, abandoned] = [accounts.slice(0, half), accounts.slice(half)];
  await leaveBy('close', settled, chain);

  const last = await startManager(managing);
  const lastStruck = strike([last], random.fork('last manager'), pauses);
  await waitUntil(async () => (await recordsOf(store)).every((each) => each.totalClaimed >= each.charged), {
    what: 'everything charged to be claimed',
  });
  managerKills += await lastStruck.stop();
  await last.stop();
  const records = new Map((await recordsOf(store)).map((record) => [record.channelId, record]));
  for (const server of servers) await server.stop();
  announce('everything is claimed, and the seller is gone');

  await leaveBy('end', settled, chain);
  const waits = await leaveBy('close', abandoned, chain);
  await clock.pass(Math.max(...waits) - clock.now() + 2000);
  await leaveBy('elapse', abandoned, chain);

  const claims = new Map<string, bigint>();
  const balance = (group: readonly Account[]) =>
    Promise.all(
      group.map(async (account) => {
        const { channelId, opening } = account;
        const books = await booksOf(chain, { channelId, scriptHash: SCRIPT, opening });
        for (const [txHash, fee] of books.claims) claims.set(txHash, fee);
        problems.push(...(await problemsOf(account, books, records.get(channelId))));
        return { account, books, signed: records.get(channelId)?.iou?.amount ?? 0n };
      }),
    ).then(rowOf);
  const rows = { settled: await balance(settled), abandoned: await balance(abandoned) };
  const sellerFees = [...claims.values()].reduce((sum, fee) => sum + fee, 0n);
  const earned = (await heldAt(chain, sellerAddresses)) - sellerHeld + sellerFees;
  if (earned !== rows.settled.claimed + rows.abandoned.claimed)
    problems.push(`the seller has got ${earned}, not what was claimed`);
  return { ...tally, refusals: reasons, kills, managerKills, claims: claims.size, ...rows, problems };
}

async function heldAt(chain: ChainReader, addresses: readonly string[]): Promise<bigint> {
  const outputs = await Promise.all(addresses.map((each) => chain.unspentOutputs(each)));
  return outputs.flat().reduce((sum, { lovelace }) => sum + lovelace, 0n);
}

function keyHashIn(address: string): string {
  const parsed = parseAddress(address);
  if (!parsed.ok || parsed.value.kind !== 'shelley' || parsed.value.payment.kind !== 'key')
    throw new Error(`expected an address that a key guards, found ${address}`);
  return parsed.value.payment.hash;
}

async function recordsOf(store: ChannelStore): Promise<readonly ChannelRecord[]> {
  const records: ChannelRecord[] = [];
  for await (const record of store.list()) records.push(record);
  return records;
}

/** Takes one step out of each channel and waits for the ledger. Says until when each has to wait for the next one. */
async function leaveBy(
  step: 'close' | 'end' | 'elapse',
  accounts: readonly Account[],
  chain: ChainReader,
): Promise<readonly number[]> {
  return Promise.all(
    accounts.map(async ({ buyer, channelId }) => {
      const { channels } = buyer;
      const left = await (step === 'close' ? channels.close(channelId) : channels.leave(channelId));
      if (left.kind !== 'sent' || left.step !== step)
        throw new Error(`${channelId}: expected to ${step}, found ${JSON.stringify(left)}`);
      await waitUntil(async () => (await chain.transaction(left.txHash as never)) !== undefined, {
        what: `the ${step} of ${channelId} to be included`,
      });
      if (step !== 'close') return 0;
      const next = await channels.close(channelId);
      if (next.kind !== 'wait') throw new Error(`${channelId}: expected to wait, found ${next.kind}`);
      return next.atMs;
    }),
  );
}
