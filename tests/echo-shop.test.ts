import { join } from 'node:path';
import { decodePaymentRequiredHeader } from '@x402/core/http';
import { blockfrost, keysOf, newSeedPhrase } from '@x402-facilitator/client';
import { type ManagedProcess, onFreePort, startProcess, waitUntil } from '@x402-facilitator/tools/processes';
import { type FundedPayer, fundPayer, ROOT } from '@x402-facilitator/tools/stack';
import { expect, onTestFinished, test } from 'vitest';
import { get, post, requirementsOf } from './support/facilitator.js';
import { replica, useStack } from './support/use-stack.js';

const stack = useStack({ paywall: false });
const ADA = 1_000_000n;
const FUNDS = 100n * ADA;
const SLOW = { POLL_MS: '3600000' };

type Shop = { readonly url: string; readonly process: ManagedProcess };

function shopEnvironment(env: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    FACILITATOR_URL: replica(stack().apis).url,
    BLOCKFROST_URL: stack().devnet.url,
    NETWORK: stack().network,
    POLL_MS: '50',
    ...env,
  };
}

const run = (env: Readonly<Record<string, string>>, ready = true) =>
  startProcess({
    name: 'echo shop',
    command: process.execPath,
    args: [join(ROOT, 'examples/echo-shop/dist/main.js')],
    env: shopEnvironment(env),
    ...(ready ? { ready: { kind: 'line', matches: (line) => line.startsWith('{"url"') } } : {}),
  });

async function startShop(env: Readonly<Record<string, string>>): Promise<Shop> {
  const shop = await onFreePort(async (port) => ({
    url: `http://127.0.0.1:${port}`,
    process: await run({ ...env, PORT: String(port) }),
  }));
  onTestFinished(async () => void (await shop.process.stop()));
  return shop;
}

/** A till, and a payer whose money is counted. */
async function newMarket(tokens = 0n) {
  const seed = newSeedPhrase();
  const { address: till } = await keysOf({ seedPhrase: seed }, stack().network);
  const payer = await fundPayer(stack(), { lovelace: FUNDS, tokens, outputs: 4 });
  const chain = blockfrost(stack().network, { url: stack().devnet.url });
  const held = async (address = payer.wallet.address) =>
    (await chain.unspentOutputs(address)).reduce((sum, { lovelace }) => sum + lovelace, 0n);
  const feeOf = async (txHash: string) =>
    BigInt(String((await get(`${stack().devnet.url}/txs/${txHash}`)).body.fees));
  return { SEED: seed, till, payer, chain, held, feeOf };
}

async function buy(payer: FundedPayer, url: string): Promise<string> {
  const bought = await payer.pay(url);
  expect(bought).toMatchObject({ outcome: 'delivered', receipt: { success: true } });
  return bought.payment?.transactionId ?? expect.unreachable();
}

const returnOf = async (shop: Shop, txHash: string): Promise<string> => {
  await expect
    .poll(async () => (await get(`${shop.url}/returns/${txHash}`)).body)
    .toMatchObject({ payments: [{ state: 'returned' }] });
  const [found] = (await get(`${shop.url}/returns/${txHash}`)).body.payments as { transaction: string }[];
  return found?.transaction ?? expect.unreachable();
};

test('what is paid comes back less the fee of its return, which spends the very output that paid', async () => {
  const { payer, till, held, feeOf, ...market } = await newMarket();
  const shop = await startShop({ SEED: market.SEED });
  const paid = await buy(payer, `${shop.url}/echo`);
  const returned = await returnOf(shop, paid);
  expect(await held()).toBe(FUNDS - (await feeOf(paid)) - (await feeOf(returned)));
  expect(await held(till)).toBe(0n);
  const { body } = await get(`${stack().devnet.url}/txs/${returned}/utxos`);
  expect(body.inputs).toMatchObject([{ tx_hash: paid }]);
  expect(body.outputs).toMatchObject([{ address: payer.wallet.address }]);
});

test('a token comes back with all of its ADA; the shop pays the fee, and sells no more when its own ADA is low', async () => {
  const { payer, chain, held, feeOf, SEED } = await newMarket(25n);
  const FLOAT_SEED = newSeedPhrase();
  const float = (await keysOf({ seedPhrase: FLOAT_SEED }, stack().network)).address;
  const shop = await startShop({ SEED, FLOAT_SEED, TOKEN: stack().token });
  const before = await held();
  const refused = await payer.fetch(`${shop.url}/echo-token`);
  expect(refused.status).toBe(503);
  expect(await refused.json()).toMatchObject({ error: 'float_too_small' });
  expect(await held()).toBe(before);

  await stack().control.fund({ address: float, lovelace: 9n * ADA });
  const second = await fundPayer(stack(), { lovelace: FUNDS, tokens: 25n });
  await expect.poll(async () => (await second.pay(`${shop.url}/echo-token`)).outcome).toBe('delivered');
  await expect
    .poll(async () =>
      (await chain.unspentOutputs(second.wallet.address)).reduce(
        (sum, { assets }) => sum + [...assets.values()].reduce((all, amount) => all + amount, 0n),
        0n,
      ),
    )
    .toBe(25n);
  const spent = FUNDS - (await held(second.wallet.address));
  expect(spent).toBeLessThan(200_000n);
  const [change] = await chain.unspentOutputs(float);
  expect(await held(float)).toBe(9n * ADA - (await feeOf(change?.outRef.txHash ?? '')));
});

test('killed between settlement and return, and again with the return on its way, it pays back once', async () => {
  const { payer, till, held, feeOf, SEED } = await newMarket();
  const first = await startShop({ SEED, ...SLOW });
  const paid = await buy(payer, `${first.url}/echo`);
  first.process.signal('SIGKILL');
  await first.process.exited;
  expect(await held(till)).toBe(2n * ADA);

  // Two at once, each of which may be killed as soon as one has sent a return.
  const both = [await startShop({ SEED }), await startShop({ SEED })];
  const hasSent = ({ process }: Shop) =>
    process.output.recent().some((line) => line.includes('a return was sent'));
  await waitUntil(async () => both.some(hasSent), { what: 'a return to be sent', timeoutMs: 15_000 });
  for (const { process } of both) process.signal('SIGKILL');
  await Promise.all(both.map(({ process }) => process.exited));

  await startShop({ SEED });
  await expect.poll(() => held(till)).toBe(0n);
  await stack().control.forge(3);
  const spender = await get(`${stack().devnet.url}/txs/${paid}/utxos`);
  const [output] = spender.body.outputs as { consumed_by_tx: string }[];
  expect(await held()).toBe(FUNDS - (await feeOf(paid)) - (await feeOf(output?.consumed_by_tx ?? '')));
});

test('a payment that a rollback takes away takes its return away, and both come again', async () => {
  const { payer, till, held, feeOf, SEED } = await newMarket();
  const shop = await startShop({ SEED });
  const before = (await stack().control.tip()).height;
  const paid = await buy(payer, `${shop.url}/echo`);
  await returnOf(shop, paid);
  const { height } = await stack().control.tip();
  await stack().control.rollback(height - before, 'vanish');
  // The facilitator sends the payment's bytes again, and the shop returns it out of the new block.
  await expect
    .poll(async () => (await get(`${stack().devnet.url}/txs/${paid}/utxos`)).body.outputs)
    .toMatchObject([{ consumed_by_tx: expect.stringMatching(/^[0-9a-f]{64}$/) }, {}]);
  const { body } = await get(`${stack().devnet.url}/txs/${paid}/utxos`);
  const [output] = body.outputs as { consumed_by_tx: string }[];
  expect(await held()).toBe(FUNDS - (await feeOf(paid)) - (await feeOf(output?.consumed_by_tx ?? '')));
  expect(await held(till)).toBe(0n);
});

test('hostile callers: too many payments of one payer, one payment shown often, dust, and questions about nothing', async () => {
  const { payer, till, held, feeOf, SEED } = await newMarket();
  const shop = await startShop({ SEED, PAYMENTS_PER_HOUR: '2' });
  const paid = [await buy(payer, `${shop.url}/echo`), await buy(payer, `${shop.url}/echo`)];
  const returned = [];
  for (const each of paid) returned.push(await returnOf(shop, each));
  const fees = await Promise.all([...new Set([...paid, ...returned])].map(feeOf));
  const left = FUNDS - fees.reduce((sum, fee) => sum + fee, 0n);
  expect(await held()).toBe(left);
  const third = await payer.fetch(`${shop.url}/echo`);
  expect(third.status).toBe(402);
  expect(JSON.stringify(decodePaymentRequiredHeader(third.headers.get('payment-required') ?? ''))).toContain(
    'too_many_payments',
  );
  expect(await held()).toBe(left);

  // A payment to the till that goes past the shop comes back too, and settling it twice pays it back once.
  const other = await fundPayer(stack(), { lovelace: FUNDS });
  const requirements = { ...requirementsOf(stack()), payTo: till };
  const signed = await other.wallet.sign(requirements);
  const request = {
    x402Version: 2,
    paymentPayload: {
      x402Version: 2,
      resource: { url: 'https://seller.example/thing' },
      accepted: requirements,
      payload: { transaction: signed.transactionBase64, nonce: signed.nonce },
    },
    paymentRequirements: requirements,
  };
  await Promise.all([1, 2, 3].map(() => post(`${replica(stack().apis).url}/settle`, request)));
  const again = await returnOf(shop, signed.transactionId);
  expect(await held(other.wallet.address)).toBe(FUNDS - signed.feeLovelace - (await feeOf(again)));

  // Less than a return costs stays, and keeps nothing else from coming back.
  await stack().control.fund({ address: till, lovelace: 30n * ADA, outputs: 30 });
  const last = await fundPayer(stack(), { lovelace: FUNDS });
  await returnOf(shop, await buy(last, `${shop.url}/echo`));
  expect(await held(till)).toBe(30n * ADA);

  for (const path of ['/returns/nothing', `/returns/${'0'.repeat(64)}`, `/returns/${'%2e'.repeat(3000)}`])
    expect([404, 414]).toContain((await get(`${shop.url}${path}`)).status);
});

test.each([
  [
    'NETWORK',
    { NETWORK: 'cardano:mainnet' },
    'On mainnet that burns the fees of two transactions in real ADA',
  ],
  ['PRICE', { PRICE: '1 ADA', SEED: newSeedPhrase() }, 'PRICE: expected at least 11'],
  ['FLOAT_SEED', { TOKEN: `${'ab'.repeat(28)}.74657374`, FLOAT_SEED: 'abandon' }, 'another one than SEED'],
])('a wrong %s ends it at the start, with the reason', async (_, env, reason) => {
  const shop = await run({ SEED: 'abandon', PORT: '0', ...env }, false);
  expect(await shop.exited).toMatchObject({ code: 1 });
  expect(shop.output.recent().join('\n')).toContain(reason);
});
