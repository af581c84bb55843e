import {
  blockfrost,
  type ChainReader,
  ChainUnreachableError,
  keysOf,
  newSeedPhrase,
  openWallet,
} from '@x402-facilitator/client';
import { startDevnet } from '@x402-facilitator/devnet';
import { TEST_TOKEN_POLICY } from '@x402-facilitator/devnet/testing';
import { expect, onTestFinished, test } from 'vitest';
import { openTill, type TillOptions } from '../src/till.js';

const NETWORK = 'cardano:preview';
const ADA = 1_000_000n;
const NAME = Buffer.from('tUSDM').toString('hex');
const TOKEN = `${TEST_TOKEN_POLICY}.${NAME}`;

/** A till on a devnet whose provider the test may bend, and payers that pay into it. */
async function openMarket() {
  const devnet = await startDevnet({ blockMs: 0 });
  onTestFinished(() => devnet.close());
  const chain = blockfrost(NETWORK, { url: devnet.url });
  const [keys, floatKeys] = [
    await keysOf({ seedPhrase: newSeedPhrase() }, NETWORK),
    await keysOf({ seedPhrase: newSeedPhrase() }, NETWORK),
  ];
  const grant = (address: string, lovelace: bigint, assets: [string, bigint][] = [], outputs = 1) =>
    devnet.faucet.grant({ address, lovelace, assets: new Map(assets), outputs });
  const submitted: string[] = [];
  const counting: ChainReader = {
    ...chain,
    submit: async (bytes) => {
      submitted.push(Buffer.from(bytes).toString('hex'));
      return (await chain.submit?.(bytes)) ?? { ok: false, error: 'no submit' };
    },
  };
  const till = (change: Partial<TillOptions> = {}) =>
    openTill({ chain: counting, keys, confirmations: 0, perHour: 2, ...change });
  const pay = async (count: number, amount = 2n * ADA, asset = 'lovelace') => {
    const wallet = await openWallet({ chain, secret: { seedPhrase: newSeedPhrase() } });
    grant(wallet.address, BigInt(count) * 10n * ADA, [[NAME, BigInt(count) * 10n]], count);
    const paid: string[] = [];
    for (let made = 0; made < count; made += 1) {
      const { transactionBase64, transactionId } = await wallet.sign({
        ...{ scheme: 'exact', network: NETWORK, payTo: keys.address, maxTimeoutSeconds: 600, extra: {} },
        asset,
        amount: String(amount),
      });
      expect(await chain.submit?.(Buffer.from(transactionBase64, 'base64'))).toMatchObject({ ok: true });
      paid.push(transactionId);
    }
    devnet.ledger.forge();
    return paid;
  };
  const left = async (address = keys.address) => (await chain.unspentOutputs(address)).length;
  return { devnet, chain, counting, keys, floatKeys, grant, till, pay, left, submitted };
}

test('what is in the till goes back in one transaction, and a restart finds nothing to do', async () => {
  const { devnet, till, pay, left, submitted } = await openMarket();
  const paid = await pay(5);
  const shop = till();
  await shop.round();
  expect(submitted).toHaveLength(1);
  expect(shop.statesOf(paid[0] ?? '')).toMatchObject([{ state: 'sent' }]);
  devnet.ledger.forge();
  await shop.round();
  expect(await left()).toBe(0);
  for (const each of paid) expect(shop.statesOf(each)).toMatchObject([{ state: 'returned' }]);
  await till().round();
  expect(submitted).toHaveLength(1);
});

test('a payment waits for as many blocks as were asked for', async () => {
  const { devnet, till, pay, submitted } = await openMarket();
  const [paid = ''] = await pay(1);
  const shop = till({ confirmations: 2 });
  for (const blocks of [0, 1]) {
    await shop.round();
    expect(shop.statesOf(paid)).toEqual([
      { state: 'waiting', why: `${blocks} of 2 blocks are on top of it` },
    ]);
    devnet.ledger.forge();
  }
  expect(submitted).toHaveLength(0);
  await shop.round();
  expect(submitted).toHaveLength(1);
});

test('where the answer of a submission is lost, the same bytes are sent again', async () => {
  const { devnet, counting, till, pay, left, submitted } = await openMarket();
  await pay(2);
  let losses = 2;
  const shop = till({
    chain: {
      ...counting,
      submit: async (bytes) => {
        const answer = await counting.submit?.(bytes);
        if (answer === undefined || losses-- > 0) throw new ChainUnreachableError('lost');
        return answer;
      },
    },
  });
  for (const _ of [1, 2]) await expect(shop.round()).rejects.toThrow('lost');
  await shop.round();
  expect(submitted).toHaveLength(3);
  expect(new Set(submitted).size).toBe(1);
  devnet.ledger.forge();
  await shop.round();
  expect(await left()).toBe(0);
});

test('one payment whose return another process has sent keeps none of the others', async () => {
  const { devnet, till, pay, left } = await openMarket();
  await pay(1);
  const old = till();
  await old.round();
  await pay(3);
  let now = Date.now();
  const shop = till({ now: () => now });
  // The mempool holds the old return: the batch is refused, then each goes alone.
  await shop.round();
  await shop.round();
  devnet.ledger.forge();
  now += 20_000;
  await shop.round();
  devnet.ledger.forge();
  expect(await left()).toBe(0);
});

test('the float pays for so many tokens of one payer in an hour, and for none that is not sold', async () => {
  const { devnet, till, pay, left, grant, floatKeys } = await openMarket();
  grant(floatKeys.address, 50n * ADA, [], 5);
  const float = { keys: floatKeys, asset: TOKEN, amount: 10n };
  const paid = await pay(3, 10n, TOKEN);
  const [little = ''] = await pay(1, 9n, TOKEN);
  let now = Date.now();
  const shop = till({ float, now: () => now });
  await shop.round();
  devnet.ledger.forge();
  await shop.round();
  expect(paid.map((each) => shop.statesOf(each)[0]?.state).sort()).toEqual([
    'returned',
    'returned',
    'waiting',
  ]);
  expect(shop.statesOf(little)).toMatchObject([{ state: 'kept', why: expect.stringMatching('less than') }]);
  now += 3_600_000;
  await shop.round();
  devnet.ledger.forge();
  expect(await left()).toBe(1);
});

test('money that the shop itself moved into its till stays there', async () => {
  const { till, keys, chain, grant, devnet, submitted, left } = await openMarket();
  const floatKeys = await keysOf({ seedPhrase: newSeedPhrase() }, NETWORK);
  const float = await openWallet({ chain, secret: floatKeys });
  grant(float.address, 10n * ADA);
  const { transactionBase64 } = await float.sign({
    ...{ scheme: 'exact', network: NETWORK, payTo: keys.address, maxTimeoutSeconds: 600, extra: {} },
    asset: 'lovelace',
    amount: '3000000',
  });
  await chain.submit?.(Buffer.from(transactionBase64, 'base64'));
  devnet.ledger.forge();
  await till({ float: { keys: floatKeys, asset: TOKEN, amount: 10n } }).round();
  expect(submitted).toEqual([]);
  expect(await left()).toBe(1);
});
