import { x402Client } from '@x402/core/client';
import { decodePaymentResponseHeader } from '@x402/core/http';
import type { PaymentRequirements } from '@x402/core/types';
import { wrapFetchWithPayment } from '@x402/fetch';
import {
  type AssetId,
  assembleWitness,
  type ChainOutput,
  createdOutputs,
  decodeTransaction,
  LOVELACE,
  outRefKey,
  type TxHash,
} from '@x402-facilitator/cardano';
import { buildClaim, CHANNEL_VALIDATOR, cbor, walletOf } from '@x402-facilitator/cardano/testing';
import { createBlockfrostProvider } from '@x402-facilitator/chain';
import { blockfrost, newSeedPhrase, openWallet } from '@x402-facilitator/client';
import { BatchSettlementCardanoClient, memoryChannelStore } from '@x402-facilitator/client/channels';
import { CardanoFacilitatorClient } from '@x402-facilitator/server';
import { startFaultProxy } from '@x402-facilitator/server/testing';
import { type RedisHandle, startRedis } from '@x402-facilitator/tools/redis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { devnetClock, publishValidator } from './support/channel-devnet.js';
import { startChannelShop } from './support/channel-shop.js';
import { replica, useStack } from './support/use-stack.js';

const SCRIPT = CHANNEL_VALIDATOR.reference.hash;
const PROVIDER = walletOf('channel provider');
const PRICE = 1000n;
const PER_DEPOSIT = 25;

const stack = useStack({
  paywall: false,
  settings: { X402_BATCH_SETTLEMENT__SCRIPTS: JSON.stringify([SCRIPT]) },
});

let redis: RedisHandle;
let published: string;
beforeAll(async () => {
  redis = await startRedis({ exclusive: true, persistence: 'always' });
  published = await publishValidator(stack());
}, 60_000);
afterAll(() => redis?.stop());

const chainOf = () => blockfrost(stack().network, { url: stack().devnet.url });

const clock = devnetClock(stack);

/** An output of a transaction on the devnet. */
async function outputAt(ref: string): Promise<ChainOutput> {
  const [txHash = '', index] = ref.split('#');
  const included = await chainOf().transaction(txHash as TxHash);
  const output = included && createdOutputs(decoded(included.bytes))[Number(index)];
  if (output === undefined) throw new Error(`expected the output ${ref}, found none`);
  return output;
}

/** The seller redeems all that it charged, as far as the store knows. */
async function redeem({ shop, facilitator, currency, record }: Market): Promise<bigint> {
  const { id } = await record();
  const kept = await shop.store.read(id);
  if (kept?.iou === undefined) throw new Error('expected a promise in the store, found none');
  const address = PROVIDER.address(0);
  await stack().control.fund({ address, lovelace: 20_000_000n });
  const [funds] = (await chainOf().unspentOutputs(address)).map(({ outRef }) => outRefKey(outRef));
  const own = await outputAt(funds ?? '');
  const provider = createBlockfrostProvider({ network: stack().network, url: stack().devnet.url });
  const claim = buildClaim({
    network: stack().network,
    facts: { parameters: await provider.getProtocolParameters(), timeline: await provider.getTimeline() },
    funding: [own],
    collateral: [own],
    changeAddress: address,
    validator: { kind: 'reference', output: await outputAt(published) },
    channels: [{ channel: await outputAt(kept.channelRef), iou: kept.iou, total: kept.charged }],
    payTo: stack().payTo,
    belowMinimum: 'add',
  });
  if (!claim.ok) throw new Error(JSON.stringify(claim.error));
  const { bytes, id: txHash } = claim.value;
  const signed = assembleWitness(bytes, PROVIDER.publicKey, PROVIDER.sign(cbor.hex(txHash)));
  const claims = [{ channelId: id, totalClaimed: `${kept.charged}` }];
  const requirements: PaymentRequirements = {
    scheme: 'batch-settlement',
    network: stack().network,
    asset: currency,
    amount: '0',
    payTo: stack().payTo,
    maxTimeoutSeconds: 0,
    extra: {},
  };
  const payload = { type: 'claim', transaction: Buffer.from(signed).toString('base64'), claims };
  const settled = await facilitator.settle({ x402Version: 2, accepted: requirements, payload }, requirements);
  expect(settled).toMatchObject({ success: true, transaction: txHash });
  return kept.charged;
}

type Shown = {
  readonly url: string;
  readonly header: string;
  readonly status: number;
  readonly paid: ReturnType<typeof paidIn>;
};

function paidIn({ headers }: Response) {
  const text = headers.get('payment-response');
  return text === null ? undefined : decodePaymentResponseHeader(text);
}

type Market = Awaited<ReturnType<typeof openMarket>>;

/** A shop, and a buyer with a wallet of its own on the stack's devnet. */
async function openMarket(currency: AssetId) {
  const toFacilitator = await startFaultProxy(replica(stack().apis).url);
  const facilitator = new CardanoFacilitatorClient({
    url: toFacilitator.url,
    settleWithinMs: 5_000,
    timeoutMs: 3_000,
  });
  const shop = await startChannelShop({
    facilitator,
    redisUrl: redis.url,
    scriptHash: SCRIPT,
    receiverAuthorizer: PROVIDER.keyHash,
    network: stack().network,
    payTo: stack().payTo,
    ...(currency === LOVELACE ? {} : { price: { asset: currency, amount: `${PRICE}` } }),
  });

  const { now } = clock;
  const chain = chainOf();
  const wallet = await openWallet({ chain, secret: { seedPhrase: newSeedPhrase() }, now });
  await stack().control.fund({ address: wallet.address, lovelace: 60_000_000n });
  const tokens = currency === LOVELACE ? 0n : 1_000_000n;
  await stack().control.fund({ address: wallet.address, lovelace: 20_000_000n, tokens });
  await stack().control.fund({ address: wallet.address, lovelace: 20_000_000n });
  const records = memoryChannelStore();
  const channels = new BatchSettlementCardanoClient({
    wallet,
    validators: [SCRIPT],
    referenceScripts: { [SCRIPT]: published },
    maxPrice: { [currency]: PRICE },
    limits: { lovelace: { perPayment: 20_000_000n }, ...(tokens === 0n ? {} : { [currency]: {} }) },
    requestsPerDeposit: PER_DEPOSIT,
    answerTimeoutMs: 100,
    store: records,
    now,
  });
  const client = new x402Client()
    .register(wallet.network, channels)
    .setSpendControls({ allowedAssets: true });

  /** Requests that carried a payment, the oldest first. */
  const shown: Shown[] = [];
  let loses = 0;
  const watched: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const header = request.headers.get('payment-signature');
    const response = await fetch(request);
    if (header === null) return response;
    shown.push({ url: request.url, header, status: response.status, paid: paidIn(response) });
    if (loses === 0) return response;
    loses -= 1;
    await response.arrayBuffer();
    throw new TypeError('the answer was lost');
  };
  const paying = wrapFetchWithPayment(watched, client);
  const buy = async (item: number | string) => {
    const response = await paying(`${shop.url}?item=${item}`);
    const body = (await response.json()) as { readonly sold?: number };
    return { status: response.status, body, paid: paidIn(response) };
  };
  const record = async () => {
    const all = await channels.list();
    expect(all).toHaveLength(1);
    const [only] = all;
    if (only === undefined) throw new Error('expected a channel');
    return only;
  };
  /** What both sides hold. */
  const counts = async () => {
    const { id, count, signed } = await record();
    const kept = await shop.store.read(id);
    return {
      buyer: { count: BigInt(count), signed: BigInt(signed) },
      seller: { count: kept?.charged, signed: kept?.iou?.amount },
    };
  };
  const holdings = async () => {
    const outputs = await chain.unspentOutputs(wallet.address);
    const sum = (of: (output: (typeof outputs)[number]) => bigint) =>
      outputs.reduce((all, output) => all + of(output), 0n);
    return {
      lovelace: sum(({ lovelace }) => lovelace),
      tokens: sum(({ assets }) => assets.get(currency) ?? 0n),
    };
  };
  const before = await holdings();
  return {
    ...{
      currency,
      facilitator,
      shop,
      channels,
      chain,
      records,
      toFacilitator,
      shown,
      buy,
      record,
      counts,
      holdings,
      before,
    },
    loseAnswers(count: number) {
      loses = count;
    },
    async stop() {
      await Promise.all([shop.stop(), toFacilitator.stop()]);
    },
  };
}

const payloadIn = (header: string) =>
  JSON.parse(Buffer.from(header, 'base64').toString()).payload as {
    readonly type: string;
    readonly deposit?: { readonly transaction: string };
  };

function decoded(bytes: Uint8Array) {
  const read = decodeTransaction(bytes);
  if (!read.ok) throw new Error(read.error);
  return read.value;
}

describe.each(['lovelace', 'the token'])('buying through a channel of %s', (name) => {
  let market: Market;
  beforeAll(async () => {
    market = await openMarket(name === 'lovelace' ? LOVELACE : (stack().token as AssetId));
  }, 60_000);
  afterAll(() => market?.stop());

  test('the first payment opens, thirty more are vouchers and a top-up, and both sides count the same', async () => {
    const { buy, shown, counts, shop } = market;
    for (let item = 0; item < 31; item += 1) {
      const { status, body, paid } = await buy(item);
      expect({ status, body, paid }).toMatchObject({
        status: 200,
        body: { sold: item + 1 },
        paid: { success: true, extra: { chargedAmount: `${PRICE}` } },
      });
    }
    const payloads = shown.map(({ header }) => payloadIn(header));
    expect(payloads.map(({ type }) => type)).toEqual(
      Array.from({ length: 31 }, (_, item) => (item % PER_DEPOSIT === 0 ? 'deposit' : 'voucher')),
    );
    for (const { deposit } of payloads.filter(({ type }) => type === 'deposit')) {
      const { id } = decoded(Buffer.from(deposit?.transaction ?? '', 'base64'));
      expect(await stack().control.submission(id)).toMatchObject({ submitted: 1, applied: 1, onChain: true });
    }
    expect(await counts()).toEqual({
      buyer: { count: 31n * PRICE, signed: 31n * PRICE },
      seller: { count: 31n * PRICE, signed: 31n * PRICE },
    });
    expect(shop.sold()).toBe(31);
  });

  test('the latest voucher shown again gets the answer that was kept, and charges nothing', async () => {
    const { shown, counts, shop, buy } = market;
    const before = await counts();
    const sold = shop.sold();
    const latest = shown.at(-1);
    if (latest === undefined) throw new Error('expected a payment');
    const again = () => fetch(latest.url, { headers: { 'payment-signature': latest.header } });
    for (const response of [await again(), await again()]) {
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({ sold });
      expect(paidIn(response)).toMatchObject({
        success: true,
        extra: { channelState: { chargedCumulativeAmount: `${before.seller.count}` } },
      });
    }
    const elsewhere = await fetch(`${shop.url}?item=other`, {
      headers: { 'payment-signature': latest.header },
    });
    expect(elsewhere.status).toBe(402);
    expect(await counts()).toEqual(before);
    expect(shop.sold()).toBe(sold);
    expect((await buy('after a repeat')).status).toBe(200);
  });

  test('a buyer that lost an answer gets it by asking again, for one price', async () => {
    const { buy, counts, shop, loseAnswers } = market;
    const before = await counts();
    loseAnswers(1);
    await expect(buy('lost')).rejects.toThrow('the answer was lost');
    const sold = shop.sold();
    expect(await buy('lost')).toMatchObject({ status: 200, body: { sold } });
    const count = (before.seller.count ?? 0n) + PRICE;
    expect(await counts()).toEqual({ buyer: { count, signed: count }, seller: { count, signed: count } });
    expect(shop.sold()).toBe(sold);
  });

  test('a buyer that lost an answer and then asks for something else pays for both, and gets its own answer', async () => {
    const { buy, counts, shop, loseAnswers, record, shown } = market;
    const before = await counts();
    loseAnswers(1);
    await expect(buy('lost for good')).rejects.toThrow('the answer was lost');
    const asked = shown.length;
    expect(await buy('another')).toMatchObject({ status: 200, body: { sold: shop.sold() } });
    // Its question for the count, then the price.
    expect(shown.slice(asked).map(({ status }) => status)).toEqual([402, 200]);
    const count = (before.seller.count ?? 0n) + 2n * PRICE;
    expect(await counts()).toEqual({ buyer: { count, signed: count }, seller: { count, signed: count } });
    expect((await record()).lostAnswers).toBe(1);
  });

  test('a buyer whose records are old is corrected by a 402 with its own promise, and pays on', async () => {
    const { buy, counts, record, records, shown } = market;
    const old = await record();
    for (const item of ['a', 'b', 'c']) expect((await buy(item)).status).toBe(200);
    const before = await counts();
    await records.save(old);
    const asked = shown.length;
    expect((await buy('after old records')).status).toBe(200);
    expect(shown.slice(asked).map(({ status }) => status)).toEqual([402, 200]);
    const count = (before.seller.count ?? 0n) + PRICE;
    expect(await counts()).toEqual({ buyer: { count, signed: count }, seller: { count, signed: count } });
  });

  test('a buyer whose seller is gone leaves alone, and has all back but what was redeemed, and the fees', async () => {
    const { shop, channels, chain, shown, record, holdings, before, buy, currency } = market;
    const redeemed = await redeem(market);
    // The channel has moved. What is promised now is not redeemed.
    expect((await buy('after a claim')).status).toBe(200);
    await shop.stop();
    const { id } = await record();
    const sent: string[] = [];
    const leave = async (step: 'close' | 'elapse') => {
      const left = await (step === 'close' ? channels.close(id) : channels.leave(id));
      expect(left).toMatchObject({ kind: 'sent', step });
      if (left.kind === 'sent') sent.push(left.txHash);
      await stack().control.forge();
    };
    await leave('close');
    const waiting = await channels.leave(id);
    expect(waiting).toMatchObject({ kind: 'wait' });
    // It is closed: to close it again only waits as well.
    expect(await channels.close(id)).toEqual(waiting);
    // The block after its period has begun.
    await clock.pass((waiting.kind === 'wait' ? waiting.atMs : 0) - clock.now() + 2_000);
    await leave('elapse');
    expect(await channels.leave(id)).toEqual({ kind: 'gone' });
    const deposits = shown
      .map(({ header }) => payloadIn(header).deposit?.transaction)
      .filter((transaction) => transaction !== undefined)
      .map((transaction) => decoded(Buffer.from(transaction, 'base64')));
    const exits = await Promise.all(
      sent.map(async (txHash) =>
        decoded((await chain.transaction(txHash as TxHash))?.bytes ?? new Uint8Array()),
      ),
    );
    const fees = [...deposits, ...exits].reduce((sum, { fee }) => sum + fee, 0n);
    expect([deposits.length, exits.length]).toEqual([2, 2]);
    expect(redeemed).toBeGreaterThan(30n * PRICE);
    expect(await holdings()).toEqual(
      currency === LOVELACE
        ? { ...before, lovelace: before.lovelace - redeemed - fees }
        : { tokens: before.tokens - redeemed, lovelace: before.lovelace - fees },
    );
  });
});

describe('a deposit whose answer is lost', () => {
  let market: Market;
  beforeAll(async () => {
    market = await openMarket(LOVELACE);
  }, 60_000);
  afterAll(() => market?.stop());

  const depositOf = (header: string) => {
    const { deposit } = payloadIn(header);
    return decoded(Buffer.from(deposit?.transaction ?? '', 'base64')).id;
  };

  test.each(['opening', 'top-up'])(
    'on the way from the facilitator once: the %s is settled once, and its request is served',
    async () => {
      const { buy, shown, toFacilitator, counts } = market;
      let lost = 0;
      toFacilitator.plan((path) => {
        if (path !== '/settle' || lost > 0) return { kind: 'pass' };
        lost += 1;
        return { kind: 'mask', status: 504 };
      });
      const asked = shown.length;
      for (let item = 0; item < PER_DEPOSIT; item += 1) expect((await buy(item)).status).toBe(200);
      expect(lost).toBe(1);
      expect(shown.length - asked).toBe(PER_DEPOSIT);
      const id = depositOf(shown[asked]?.header ?? '');
      expect(await stack().control.submission(id)).toMatchObject({ submitted: 1, applied: 1 });
      const { buyer, seller } = await counts();
      expect(buyer).toEqual(seller);
    },
  );

  test.each(['top-up', 'opening'])(
    'for good: the %s is told by its transaction, and the same call is served by a voucher',
    async (kind) => {
      if (kind === 'opening') {
        await market.stop();
        market = await openMarket(LOVELACE);
      }
      const { buy, shown, toFacilitator, counts, channels } = market;
      const count = (kind === 'opening' ? 0n : (await counts()).buyer.count) + PRICE;
      toFacilitator.plan((path) => (path === '/settle' ? { kind: 'mask', status: 504 } : { kind: 'pass' }));
      const asked = shown.length;
      expect((await buy('lost')).status).toBe(200);
      const [deposit, voucher] = shown.slice(asked);
      expect([deposit?.status, voucher?.status]).toEqual([402, 200]);
      const transaction = depositOf(deposit?.header ?? '');
      expect(deposit?.paid).toMatchObject({ success: false, errorReason: 'settlement_unknown', transaction });
      expect(await stack().control.submission(transaction)).toMatchObject({ submitted: 1, applied: 1 });
      expect(payloadIn(voucher?.header ?? '').type).toBe('voucher');
      expect(await channels.list()).toMatchObject([{ transaction: null }]);
      expect(await counts()).toEqual({ buyer: { count, signed: count }, seller: { count, signed: count } });
    },
  );

  test('on the way from the shop: the opening is shown again, and its request is served for one price', async () => {
    await market.stop();
    market = await openMarket(LOVELACE);
    const { buy, counts, loseAnswers, shop, shown } = market;
    loseAnswers(1);
    await expect(buy('lost')).rejects.toThrow('the answer was lost');
    expect(await buy('lost')).toMatchObject({ status: 200, body: { sold: 1 } });
    expect(shop.sold()).toBe(1);
    expect((await buy('next')).status).toBe(200);
    expect(await counts()).toEqual({
      buyer: { count: 2n * PRICE, signed: 2n * PRICE },
      seller: { count: 2n * PRICE, signed: 2n * PRICE },
    });
    const deposits = shown.map(({ header }) => payloadIn(header)).filter(({ type }) => type === 'deposit');
    expect(new Set(deposits.map(({ deposit }) => deposit?.transaction)).size).toBe(1);
  });
});
