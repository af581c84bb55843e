import { type AssetId, LOVELACE, type TxHash } from '@x402-facilitator/cardano';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { devnetClock } from './support/channel-devnet.js';
import {
  decoded,
  type Market,
  PER_DEPOSIT,
  PRICE,
  paidIn,
  payloadIn,
  redeem,
  useMarkets,
} from './support/channel-market.js';

const { stack, open: openMarket } = useMarkets();

const open = (currency: AssetId) => openMarket({ currency, now: clock.now });

const clock = devnetClock(stack);

describe.each(['lovelace', 'the token'])('buying through a channel of %s', (name) => {
  let market: Market;
  beforeAll(async () => {
    market = await open(name === 'lovelace' ? LOVELACE : (stack().token as AssetId));
  });
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
    market = await open(LOVELACE);
  });
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
        market = await open(LOVELACE);
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
    market = await open(LOVELACE);
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
