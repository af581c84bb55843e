import { collectGarbage } from '@x402-facilitator/cardano/testing';
import { expect, test } from 'vitest';
import { slotAt } from '../src/chain/index.js';
import {
  blockfrost,
  type ChainReader,
  createBuyer,
  koios,
  openWallet,
  type SpendLimits,
} from '../src/index.js';
import {
  countSignatures,
  expectRefused,
  newAddress,
  openChain,
  priceOf,
  TOKEN,
  tokens,
} from './support/chain.js';
import { endlessAnswers, serve } from './support/hostile-shop.js';
import { sellerOf } from './support/seller.js';

const ADA = 1_000_000n;
const LIMITS: SpendLimits = { lovelace: { perPayment: 5n * ADA, perDay: 9n * ADA }, [TOKEN]: {} };

/** A wallet whose provider tells the truth of the devnet but for what the test bends. */
async function lyingTo(bend: (truth: ChainReader) => Partial<ChainReader>, now?: () => number) {
  const { devnet, chain, keys, grant } = await openChain();
  const wallet = await openWallet({ chain: { ...chain, ...bend(chain) }, secret: keys, now });
  const signatures = countSignatures();
  /** What the ledger says of a signed payment. */
  const submit = async (transactionBase64: string) => {
    const { status } = await fetch(`${devnet.url}/tx/submit`, {
      method: 'POST',
      headers: { 'content-type': 'application/cbor' },
      body: Buffer.from(transactionBase64, 'base64'),
    });
    return status;
  };
  const price = priceOf(newAddress());
  const held = async () =>
    (await chain.unspentOutputs(keys.address)).reduce((sum, { lovelace }) => sum + lovelace, 0n);
  return { devnet, chain, wallet, keys, grant, signatures, submit, price, held };
}

test('a provider that gives the wallet’s own output to the sponsor is caught by the bytes that prove it', async () => {
  // It invents the parent transaction too: other bytes, under the same id.
  const { chain, wallet, keys, grant, signatures, price } = await lyingTo((truth) => ({
    transaction: async (txHash) => {
      const found = await truth.transaction(txHash);
      return (
        found && {
          ...found,
          bytes: Uint8Array.from(found.bytes, (byte, at) => (at === 60 ? byte ^ 1 : byte)),
        }
      );
    },
  }));
  const own = grant(keys.address, 5_000n * ADA);
  grant(keys.address, 1_300_000n, tokens(25n));
  const sponsorship = {
    id: 'ab'.repeat(16),
    input: {
      txHash: own.transaction as never,
      index: own.index,
      address: newAddress(),
      lovelace: 5_000n * ADA,
    },
    changeAddress: newAddress(),
    maxFeeLovelace: 400_000n,
    minAdaLovelace: 1_200_000n,
  };
  await expectRefused(
    wallet.sign(price, { limits: LIMITS, sponsorship }),
    'expected the bytes of',
    signatures,
  );
  const honest = await openWallet({ chain, secret: keys });
  await expectRefused(
    honest.sign(price, { limits: LIMITS, sponsorship }),
    'found it behind a key of this wallet',
    signatures,
  );
});

test('one that makes ADA dear for tokens gets no signature', async () => {
  const { wallet, grant, signatures, price } = await lyingTo((truth) => ({
    parameters: async () => ({ ...(await truth.parameters()), coinsPerUtxoByte: 400_000n }),
  }));
  grant(wallet.address, 5_000n * ADA, tokens(25n));
  await expectRefused(
    wallet.sign({ ...price, asset: TOKEN, amount: '10' }, { limits: 'unlimited' }),
    'expected at most 10000 lovelace for a byte of an output, found 400000',
    signatures,
  );
});

test('one that makes fees dear gets no signature', async () => {
  const { wallet, grant, signatures, price } = await lyingTo((truth) => ({
    parameters: async () => ({ ...(await truth.parameters()), minFeePerByte: 44_000n }),
  }));
  grant(wallet.address, 5_000n * ADA);
  await expectRefused(
    wallet.sign(price, { limits: 'unlimited' }),
    /expected a fee of at most 1000000 lovelace/,
    signatures,
  );
});

test.each<[string, (truth: ChainReader) => Partial<ChainReader>]>([
  [
    'says that an output holds less than it does',
    (truth) => ({
      unspentOutputs: async (address) =>
        (await truth.unspentOutputs(address)).map((output) => ({
          ...output,
          lovelace: (output.lovelace - 40n * ADA) as typeof output.lovelace,
        })),
    }),
  ],
  [
    'says that an output holds no tokens where it does',
    (truth) => ({
      unspentOutputs: async (address) =>
        (await truth.unspentOutputs(address)).map((output) => ({ ...output, assets: new Map() })),
    }),
  ],
  [
    'invents an output',
    (truth) => ({
      unspentOutputs: async (address) =>
        (await truth.unspentOutputs(address)).map((output) => ({
          ...output,
          outRef: { ...output.outRef, txHash: 'de'.repeat(32) as typeof output.outRef.txHash },
        })),
    }),
  ],
])('where one %s, the ledger refuses the payment, and the wallet loses nothing', async (_, bend) => {
  const { wallet, grant, submit, price, held } = await lyingTo(bend);
  grant(wallet.address, 50n * ADA, tokens(25n));
  const { transactionBase64 } = await wallet.sign(price, { limits: LIMITS });
  expect(await submit(transactionBase64)).toBe(400);
  expect(await held()).toBe(50n * ADA);
});

test('one that says the tip is far away gets no second signature while the wallet’s own clock says otherwise', async () => {
  const { wallet, grant, signatures } = await lyingTo(() => ({
    tip: async () => ({ height: 9_999_999, slot: slotAt('cardano:preview', Date.now()) + 86_400 }),
    transaction: async () => undefined,
  }));
  grant(wallet.address, 50n * ADA);
  grant(wallet.address, 50n * ADA);
  const seller = await sellerOf(() => ({ status: 500 }));
  const buyer = createBuyer({ wallet, limits: LIMITS, maxRetries: 12, sleep: async () => undefined });
  for (let call = 0; call < 3; call += 1) expect((await buyer.buy(seller.url)).outcome).toBe('open');
  expect(signatures()).toBe(1);
  expect(new Set(seller.shown).size).toBe(1);
});

test('one that names a spender which does not spend the input gets no second signature', async () => {
  const { chain, wallet, grant, signatures, devnet } = await lyingTo((truth) => ({
    spenderOf: async ({ txHash }) => txHash,
    transaction: (txHash) => truth.transaction(txHash),
  }));
  grant(wallet.address, 50n * ADA);
  grant(wallet.address, 50n * ADA);
  for (let block = 0; block < 12; block += 1) devnet.ledger.forge();
  expect((await chain.tip()).height).toBeGreaterThan(11);
  const seller = await sellerOf(() => ({ status: 500 }));
  const buyer = createBuyer({ wallet, limits: LIMITS, maxRetries: 6, sleep: async () => undefined });
  expect((await buyer.buy(seller.url)).outcome).toBe('open');
  expect(signatures()).toBe(1);
});

test('one that denies every payment until its TTL has passed takes no more than the limit of a day', async () => {
  let nowMs = Date.now();
  const { wallet, grant, submit, signatures, held } = await lyingTo(
    () => ({
      tip: async () => ({ height: 9_999_999, slot: slotAt('cardano:preview', nowMs) }),
      transaction: async () => undefined,
    }),
    () => nowMs,
  );
  for (let output = 0; output < 10; output += 1) grant(wallet.address, 50n * ADA);
  const sent: Promise<number>[] = [];
  const seller = await sellerOf((payment) => {
    sent.push(submit(payment));
    nowMs += 3_600_000;
    return { status: 500 };
  });
  const buyer = createBuyer({ wallet, limits: LIMITS, now: () => nowMs, sleep: async () => undefined });
  const before = await held();
  for (let call = 0; call < 3; call += 1) await buyer.buy(seller.url).catch(() => undefined);
  await Promise.all(sent);
  // Four of two ADA with their fees, where nine a day are allowed.
  expect(signatures()).toBe(4);
  expect(before - (await held())).toBeLessThanOrEqual(9n * ADA);
});

test.each([
  ['Blockfrost’s', blockfrost],
  ['Koios’s', koios],
] as const)('a server with %s API that sends the wallet elsewhere is not followed', async (_, api) => {
  const { keys } = await openChain();
  const elsewhere: string[] = [];
  const other = await serve((request, response) => {
    elsewhere.push(String(request.headers.project_id ?? request.headers.authorization));
    response.end('[]');
  });
  const url = await serve((_request, response) => response.writeHead(302, { location: `${other}/` }).end());
  const chain = api('cardano:preview', { url, projectId: 'secret', token: 'secret' });
  await expect(chain.unspentOutputs(keys.address)).rejects.toThrow('no answer');
  await expect(chain.parameters()).rejects.toThrow('no answer');
  expect(elsewhere).toEqual([]);
});

test.each(['never', 'inDrops', 'half', 'without'] as const)(
  'one that answers without end (%s) gets no signature, and takes a bounded time and memory',
  async (kind) => {
    collectGarbage();
    const { keys } = await openChain();
    const answers = endlessAnswers();
    const url = await serve((_, response) => answers[kind](response));
    const chain = blockfrost('cardano:preview', { url, timeoutMs: kind === 'without' ? 60_000 : 300 });
    const signatures = countSignatures();
    const wallet = await openWallet({ chain, secret: keys });
    await expectRefused(wallet.sign(priceOf(newAddress()), { limits: LIMITS }), 'no answer', signatures);
    // It reads 8 MiB of each answer, and asks for few.
    expect(answers.sent()).toBeLessThan(8 * 16 * 1_048_576);
  },
);
