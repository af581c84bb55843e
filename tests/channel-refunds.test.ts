import { generateKeyPairSync, sign as signWith } from 'node:crypto';
import { type AssetId, createdOutputs, LOVELACE, type TxHash } from '@x402-facilitator/cardano';
import { iouMessage } from '@x402-facilitator/cardano/channels';
import type { RefundKeys } from '@x402-facilitator/server/channels';
import { waitUntil } from '@x402-facilitator/tools/processes';
import { afterAll, describe, expect, test } from 'vitest';
import {
  decoded,
  type Market,
  PRICE,
  PROVIDER,
  paidIn,
  redeem,
  useMarkets,
} from './support/channel-market.js';
import { startChannelShop } from './support/channel-shop.js';

const P = 'invalid_batch_settlement_cardano';
/** Enough that what is owed for one request can stand in an output alone. */
const DEAR = 1_500_000n;

const { stack, open: openMarket } = useMarkets();

/** What was signed with the seller’s key. */
const signedIds: string[] = [];
const keys: RefundKeys = {
  sign: async (_transaction, transactionId) => {
    signedIds.push(Buffer.from(transactionId).toString('hex'));
    return [{ publicKey: PROVIDER.publicKey, signature: PROVIDER.sign(transactionId) }];
  },
};

const markets: Market[] = [];
afterAll(() => Promise.all(markets.map((market) => market.stop())));
async function open(currency: AssetId, more: Partial<Parameters<typeof openMarket>[0]> = {}) {
  const market = await openMarket({ currency, keys, ...more });
  markets.push(market);
  return market;
}
const tokenOf = (name: string) => (name === 'lovelace' ? LOVELACE : (stack().token as AssetId));

async function buys(market: Market, times: number) {
  for (let item = 0; item < times; item += 1) expect((await market.buy(item)).status).toBe(200);
}

async function refundOf(market: Market, fetch = market.watched) {
  return market.channels.refund((await market.record()).id, market.shop.url, fetch);
}

async function endTogether(market: Market): Promise<TxHash> {
  const refunded = await refundOf(market);
  if (refunded.kind !== 'refunded') throw new Error(`expected an end, found ${JSON.stringify(refunded)}`);
  return refunded.txHash as TxHash;
}

/** The buyer’s signed refund, taken off its way to the seller. */
async function refundHeader(market: Market): Promise<string> {
  let header: string | null = null;
  const taking: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    header = request.headers.get('payment-signature');
    if (header === null) return fetch(request);
    throw new TypeError('taken');
  };
  expect(await refundOf(market, taking)).toMatchObject({ kind: 'open', reason: 'taken' });
  if (header === null) throw new Error('expected a refund, found none');
  return header;
}

type Shape = {
  payload: {
    channelConfig: Record<string, unknown>;
    voucher: Record<string, unknown>;
    transaction: string;
    providerWitness?: string;
  };
};
const bent = (header: string, bend: (shape: Shape) => void): string => {
  const shape = JSON.parse(Buffer.from(header, 'base64').toString()) as Shape;
  bend(shape);
  return Buffer.from(JSON.stringify(shape)).toString('base64');
};
const idIn = (header: string) => {
  const { payload } = JSON.parse(Buffer.from(header, 'base64').toString()) as Shape;
  return decoded(Buffer.from(payload.transaction, 'base64')).id;
};

async function show(url: string, header: string) {
  const response = await fetch(url, { headers: { 'payment-signature': header } });
  const required = response.headers.get('payment-required');
  const said = required && JSON.parse(Buffer.from(required, 'base64').toString());
  return { status: response.status, code: said?.error as string | undefined, paid: paidIn(response) };
}

const applied = async (txHash: string) => (await stack().control.submission(txHash as TxHash))?.applied ?? 0;

describe.each(['lovelace', 'the token'])('a channel of %s', (name) => {
  test('ends together after a claim: the seller has its count, the buyer all else', async () => {
    const market = await open(tokenOf(name));
    await buys(market, 3);
    expect(await refundOf(market)).toEqual({ kind: 'unclaimed', owed: 3n * PRICE });
    const redeemed = await redeem(market);
    const before = await market.record();
    const txHash = await endTogether(market);
    expect(await stack().control.submission(txHash)).toMatchObject({ applied: 1, onChain: true });
    const { paid } = market.shown.at(-1) ?? {};
    expect(paid).toMatchObject({
      ...{ success: true, transaction: txHash },
      extra: { channelState: { channelId: before.id, channelRef: '', totalClaimed: `${redeemed}` } },
    });
    const transactions = await Promise.all(
      [before.ref.split('#')[0], txHash].map((id) => market.chain.transaction(id as TxHash)),
    );
    expect(transactions.map((each) => each?.isValid)).toEqual([true, true]);
    const opening = market.shown[0]?.paid?.transaction as TxHash;
    const fees = await Promise.all(
      [opening, txHash].map(
        async (id) => decoded((await market.chain.transaction(id))?.bytes ?? new Uint8Array()).fee,
      ),
    );
    const fee = fees.reduce((sum, each) => sum + each, 0n);
    const all = market.before;
    expect(await market.holdings()).toEqual(
      name === 'lovelace'
        ? { ...all, lovelace: all.lovelace - redeemed - fee }
        : { tokens: all.tokens - redeemed, lovelace: all.lovelace - fee },
    );
    expect((await market.record()).state).toBe('open');
    expect(await refundOf(market)).toEqual({ kind: 'refunded', txHash });
    expect(await market.record()).toMatchObject({ id: before.id, state: 'ended' });

    // A buyer whose records are older than the refund.
    await market.records.save(before);
    const asked = market.shown.length;
    expect((await market.buy('after the end')).status).toBe(200);
    expect(market.shown.slice(asked).map(({ status }) => status)).toEqual([402, 200]);
    expect((await market.channels.list()).map(({ state }) => state).sort()).toEqual(['ended', 'open']);
  });
});

describe('the seller’s share', () => {
  test('is paid in the refund itself where it can stand in an output, and nothing has to be claimed', async () => {
    const market = await open(LOVELACE, { price: DEAR });
    await buys(market, 1);
    const txHash = await endTogether(market);
    const transaction = await market.chain.transaction(txHash);
    const paid = createdOutputs(decoded(transaction?.bytes ?? new Uint8Array()));
    expect(paid.filter(({ address }) => address === stack().payTo).map(({ lovelace }) => lovelace)).toEqual([
      DEAR,
    ]);
    const { id } = await market.record();
    expect(await market.shop.store.read(id)).toMatchObject({ charged: DEAR, refund: { txHash } });
  });

  test('is not less than the count: an older promise is corrected, and nothing is signed for it', async () => {
    const market = await open(LOVELACE, { price: DEAR });
    await buys(market, 1);
    const old = await market.record();
    await buys(market, 1);
    await market.records.save(old);
    const signed = signedIds.length;
    const header = await refundHeader(market);
    expect(await show(market.shop.url, header)).toMatchObject({
      status: 402,
      code: `${P}_cumulative_amount_mismatch`,
    });
    expect(signedIds).toHaveLength(signed);
    expect((await market.shop.store.read(old.id))?.refund).toBeUndefined();
    const asked = market.shown.length;
    expect(await refundOf(market)).toMatchObject({ kind: 'refunded' });
    expect(market.shown.slice(asked).map(({ status }) => status)).toEqual([402, 200]);
    expect(signedIds.slice(signed)).toEqual([market.shown.at(-1)?.paid?.transaction]);
  });

  test('counts a request whose answer was lost', async () => {
    const market = await open(LOVELACE, { price: DEAR });
    await buys(market, 1);
    market.loseAnswers(1);
    await expect(market.buy('lost')).rejects.toThrow('the answer was lost');
    const { id } = await market.record();
    await waitUntil(async () => (await refundOf(market)).kind === 'refunded', {
      what: 'the lost answer to be given up',
      timeoutMs: 10_000,
    });
    expect(await market.shop.store.read(id)).toMatchObject({ charged: 2n * DEAR });
    expect(await market.record()).toMatchObject({ count: `${2n * DEAR}` });
  });
});

describe('a refund', () => {
  test('is refused by a seller without a key, and the channel pays on', async () => {
    const market = await open(LOVELACE, { keys: undefined });
    await buys(market, 1);
    await redeem(market);
    expect(await refundOf(market)).toEqual({ kind: 'refused', reason: `${P}_refund_transaction` });
    await buys(market, 1);
  });

  test('waits for a request that is being served, and a request for a refund', async () => {
    let letGo: () => void = () => undefined;
    let isSelling: () => void = () => undefined;
    let held: Promise<void> | undefined;
    const selling = async () => {
      isSelling();
      await held;
    };
    const market = await open(LOVELACE, { price: DEAR, selling });
    await buys(market, 1);
    const header = await refundHeader(market);
    await market.records.save({ ...(await market.record()), transaction: null });
    held = new Promise((resolve) => {
      letGo = resolve;
    });
    const began = new Promise<void>((resolve) => {
      isSelling = resolve;
    });
    const bought = market.buy('while it ends');
    await began;
    expect(await show(market.shop.url, header)).toMatchObject({ status: 402, code: `${P}_channel_busy` });
    letGo();
    expect((await bought).status).toBe(200);
    // What it promised is not the count any more.
    expect(await show(market.shop.url, header)).toMatchObject({ code: `${P}_cumulative_amount_mismatch` });
    expect(await refundOf(market)).toMatchObject({ kind: 'refunded' });
  });

  test('of two servers at once is signed for one transaction, and both then say the same', async () => {
    const market = await open(LOVELACE, { price: DEAR });
    await buys(market, 1);
    const other = await startChannelShop(market.terms);
    try {
      const header = await refundHeader(market);
      const txHash = idIn(header);
      const urls = [market.shop.url, other.url, market.shop.url, other.url];
      for (const { status, code, paid } of await Promise.all(urls.map((url) => show(url, header))))
        if (status === 200) expect(paid).toMatchObject({ success: true, transaction: txHash });
        else expect({ status, code }).toEqual({ status: 402, code: `${P}_channel_busy` });
      const said = [await show(market.shop.url, header), await show(other.url, header)];
      expect(said[0]).toMatchObject({ status: 200, paid: { success: true, transaction: txHash } });
      expect(said[1]).toEqual(said[0]);
      expect(await stack().control.submission(txHash)).toMatchObject({ submitted: 1, applied: 1 });
      expect(await refundOf(market)).toEqual({ kind: 'refunded', txHash });
    } finally {
      await other.stop();
    }
  });

  test('of another’s channel is not signed', async () => {
    const [market, victim] = [await open(LOVELACE, { price: DEAR }), await open(LOVELACE, { price: DEAR })];
    await buys(market, 1);
    await buys(victim, 1);
    const signed = signedIds.length;
    const [own, others] = [await refundHeader(market), await refundHeader(victim)];
    const { id: tag } = await victim.record();
    const { id: ownTag } = await market.record();
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const { x = '' } = publicKey.export({ format: 'jwk' });
    const promise = (of: string, amount: bigint) =>
      signWith(null, iouMessage({ tag: of, amount }), privateKey).toString('hex');
    const attacks = {
      'its promise under another name': bent(own, ({ payload }) => {
        payload.voucher.channelId = tag;
      }),
      'a promise by a key of one’s own': bent(others, ({ payload }) => {
        payload.channelConfig.payerAuthorizer = Buffer.from(x, 'base64url').toString('hex');
        payload.voucher.signature = promise(tag, DEAR);
      }),
      'a promise of nothing by a key of one’s own': bent(others, ({ payload }) => {
        payload.channelConfig.payerAuthorizer = Buffer.from(x, 'base64url').toString('hex');
        payload.voucher.maxClaimableAmount = '0';
        payload.voucher.signature = promise(tag, 0n);
      }),
      'the other’s transaction': bent(own, ({ payload }) => {
        const { payload: stolen } = JSON.parse(Buffer.from(others, 'base64').toString()) as Shape;
        payload.transaction = stolen.transaction;
      }),
      'bytes that are no transaction': bent(own, ({ payload }) => {
        payload.transaction = Buffer.from('none').toString('base64');
      }),
      'a signature for the seller': bent(own, ({ payload }) => {
        payload.providerWitness = '00';
      }),
    };
    for (const [what, header] of Object.entries(attacks)) {
      const { status, code } = await show(market.shop.url, header);
      expect([what, status, code?.startsWith(P)]).toEqual([what, 402, true]);
    }
    expect(signedIds).toHaveLength(signed);
    for (const id of [tag, ownTag]) expect((await market.shop.store.read(id))?.refund).toBeUndefined();
    for (const each of [market, victim]) expect(await refundOf(each)).toMatchObject({ kind: 'refunded' });
  });

  test('whose answer is lost is shown again with the same bytes, and gets the same answer', async () => {
    const market = await open(LOVELACE, { price: DEAR });
    await buys(market, 1);
    market.loseAnswers(1);
    expect(await refundOf(market)).toMatchObject({ kind: 'open', reason: 'the answer was lost' });
    const { header, paid, url } = market.shown.at(-1) ?? { header: '', url: '' };
    const txHash = idIn(header);
    // From the seller, whose facilitator cannot be asked any more.
    market.toFacilitator.plan(() => ({ kind: 'status', status: 503 }));
    expect(await show(url, header)).toMatchObject({ status: 200, paid });
    // From the chain.
    expect(await refundOf(market)).toEqual({ kind: 'refunded', txHash });
    expect(await applied(txHash)).toBe(1);
  });

  test('needs the key only for a moment: it waits for one that cannot be had now, and holds up nothing', async () => {
    let isThere = false;
    const market = await open(LOVELACE, {
      price: DEAR,
      keys: {
        sign: async (...asked) => (isThere ? keys.sign(...asked) : Promise.reject(new Error('locked'))),
      },
    });
    await buys(market, 1);
    const header = await refundHeader(market);
    const { id } = await market.record();
    expect(await show(market.shop.url, header)).toMatchObject({
      status: 402,
      paid: { success: false, errorReason: `${P}_verification_state_unavailable` },
    });
    expect((await market.shop.store.read(id))?.refund).toBeUndefined();
    isThere = true;
    expect(await show(market.shop.url, header)).toMatchObject({ status: 200, paid: { success: true } });
  });

  test.each([
    ['the facilitator’s answer', { kind: 'mask', status: 504 }],
    ['the way to the facilitator', { kind: 'drop' }],
  ] as const)('outlives %s, and the server that signed it', async (_what, fault) => {
    const market = await open(LOVELACE, { price: DEAR });
    await buys(market, 1);
    const { id } = await market.record();
    market.toFacilitator.plan((path) => (path === '/settle' ? fault : { kind: 'pass' }));
    const header = await refundHeader(market);
    const txHash = idIn(header);
    expect(await show(market.shop.url, header)).toMatchObject({
      status: 402,
      paid: { success: false, errorReason: 'settlement_unknown' },
    });
    // Nothing is served meanwhile.
    expect(await market.shop.store.read(id)).toMatchObject({ refund: { txHash } });
    expect((await market.shop.store.read(id))?.refund?.settlement).toBeUndefined();
    await market.shop.stop();
    market.toFacilitator.plan(() => ({ kind: 'pass' }));
    const heir = await startChannelShop(market.terms);
    try {
      expect(await show(heir.url, header)).toMatchObject({
        status: 200,
        paid: { success: true, transaction: txHash },
      });
      expect(await heir.store.read(id)).toMatchObject({
        refund: { settlement: expect.stringContaining(txHash) },
      });
      expect(await stack().control.submission(txHash)).toMatchObject({ submitted: 1, applied: 1 });
    } finally {
      await heir.stop();
    }
  });

  test('that never reaches the chain keeps nobody’s money: the buyer closes the channel, the seller serves nothing unpaid', async () => {
    const market = await open(LOVELACE, { price: DEAR });
    await buys(market, 1);
    const old = await market.record();
    market.toFacilitator.plan((path) => (path === '/settle' ? { kind: 'drop' } : { kind: 'pass' }));
    expect(await refundOf(market)).toMatchObject({ kind: 'open' });
    const sold = market.shop.sold();
    const { header = '' } = market.shown.at(-1) ?? {};
    expect(await applied(idIn(header))).toBe(0);
    // Not by the buyer’s client, and not by one that has forgotten the refund.
    await market.records.save(old);
    const asked = market.shown.length;
    await expect(market.buy('after a refund')).resolves.toMatchObject({ status: 402 });
    expect(market.shown.slice(asked).map(({ paid }) => paid?.success)).not.toContain(true);
    expect(market.shop.sold()).toBe(sold);
    expect(await market.channels.close(old.id)).toMatchObject({ kind: 'sent', step: 'close' });
    await stack().control.forge();
    expect(await market.channels.leave(old.id)).toMatchObject({ kind: 'wait' });
    expect(await market.record()).toMatchObject({ state: 'closed' });
    // The seller still holds what it needs to settle the closed channel.
    expect(await market.shop.store.read(old.id)).toMatchObject({ charged: DEAR, iou: { amount: DEAR } });
  });
});
