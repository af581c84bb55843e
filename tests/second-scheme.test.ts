import { post, type RunningApi, send, startApi, transactionIn } from '@x402-facilitator/api/testing';
import { networkIdOf, type PaymentRequest } from '@x402-facilitator/cardano';
import {
  createSchemeRegistry,
  exactScheme,
  MERCHANT,
  PAYER,
  PRICE,
  paymentOn,
  walletOf,
} from '@x402-facilitator/cardano/testing';
import { type Devnet, startDevnet } from '@x402-facilitator/devnet';
import {
  connectRedis,
  createRedisJournal,
  disconnectRedis,
  redisSettingsFromUrl,
} from '@x402-facilitator/journal';
import { present } from '@x402-facilitator/journal/testing';
import { createLogger } from '@x402-facilitator/shared/telemetry';
import { type Scrape, scrape } from '@x402-facilitator/shared/testing';
import { type RedisHandle, startRedis } from '@x402-facilitator/tools/redis';
import { type RunningWorker, startWorker } from '@x402-facilitator/worker/testing';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { Bank, DevnetWorld } from './support/devnet-world.js';
import { tipScheme } from './support/tip-scheme.js';

const NETWORK = 'cardano:preview';
const SCHEMES = createSchemeRegistry([exactScheme, tipScheme]);

let redis: RedisHandle;
let devnet: Devnet;
let bank: Bank;
let api: RunningApi;
let worker: RunningWorker;

beforeAll(async () => {
  redis = await startRedis();
  devnet = await startDevnet({ blockMs: 200 });
  bank = new Bank(devnet);
  api = await startApi(
    { redisUrl: redis.url, chainUrl: devnet.url, schemes: SCHEMES },
    { X402_CHAIN__FOLLOWER__TICK_MS: '50', X402_WORKER__METRICS_PORT: '0' },
  );
  const logger = createLogger({ tier: 'worker', logging: { level: 'error', pretty: false } });
  worker = await startWorker({ config: api.config, schemes: SCHEMES, logger, version: '0.0.0-test' });
  await worker.ready;
});

afterAll(async () => {
  await worker?.stop();
  await api?.close();
  await devnet?.close();
  await redis?.stop();
});

/** A tip to the merchant, which the requirements expect at this address. */
function tip(address = MERCHANT.address(networkIdOf(NETWORK))): Promise<PaymentRequest> {
  const unused = async () => {
    throw new Error('no other payment is settled here');
  };
  const others = { settle: unused, claimTerms: unused };
  return paymentOn(new DevnetWorld({ devnet, bank, nowMs: Date.now(), others }), {
    accepted: { scheme: 'tip' },
    // An exact payment of this amount would be refused.
    requirements: { scheme: 'tip', amount: '1', extra: { address } },
  });
}

const ask = (path: string, request: PaymentRequest, headers: Readonly<Record<string, string>> = {}) =>
  post(`${api.url}${path}`, { x402Version: 2, ...request }, headers);

test('/supported shows what each scheme says of itself', async () => {
  const { body } = await send(`${api.url}/supported`);
  expect(body.kinds).toEqual([
    {
      x402Version: 2,
      scheme: 'exact',
      network: NETWORK,
      extra: expect.objectContaining({ areFeesSponsored: false }),
    },
    { x402Version: 2, scheme: 'tip', network: NETWORK, extra: { anyAmount: true } },
  ]);
});

test('/verify judges by the rules of the scheme that the requirements name', async () => {
  const payer = PAYER.address(networkIdOf(NETWORK));
  expect((await ask('/verify', await tip())).body).toEqual({ isValid: true, payer });
  const elsewhere = walletOf('stranger').address(networkIdOf(NETWORK));
  expect((await ask('/verify', await tip(elsewhere))).body).toMatchObject({
    isValid: false,
    invalidReason: 'tip_nothing',
  });
});

test('a scheme that is not registered is refused by the names of those that are', async () => {
  const request = await tip();
  const { paymentRequirements } = request;
  const unknown = { ...request, paymentRequirements: { ...paymentRequirements, scheme: 'gift' } };
  expect((await ask('/verify', unknown)).body).toMatchObject({
    invalidReason: 'unsupported_scheme',
    invalidMessage: 'paymentRequirements.scheme: expected "exact" or "tip", found "gift"',
  });
});

test('a body of the wrong shape is refused with the code of the scheme that it names', async () => {
  const request = { paymentRequirements: { scheme: 'tip', network: NETWORK } };
  const { status, body } = await post(`${api.url}/settle`, request);
  expect(status).toBe(400);
  expect(body).toMatchObject({ success: false, errorReason: 'tip_malformed', network: NETWORK });
});

test('a payment is settled, followed to its confirmation, recorded with its scheme, and read at /status', async () => {
  const request = await tip();
  const accepted = await ask('/settle', request, { prefer: 'respond-async' });
  expect(accepted.status).toBe(202);
  const txHash = transactionIn(accepted.body);
  await expect.poll(async () => (await send(`${api.url}/status/${txHash}`)).body.status).toBe('confirmed');
  const { body } = await send(`${api.url}/status/${txHash}`);
  expect(body).toMatchObject({
    transaction: txHash,
    network: NETWORK,
    payTo: MERCHANT.address(networkIdOf(NETWORK)),
    asset: 'lovelace',
    amount: `${PRICE}`,
  });

  const connection = connectRedis({
    settings: redisSettingsFromUrl(redis.url),
    role: 'worker',
    name: 'test',
    onError: () => undefined,
  });
  onTestFinished(() => disconnectRedis(connection));
  expect(present(await createRedisJournal({ redis: connection }).read(NETWORK, txHash))).toMatchObject({
    kind: 'payment',
    scheme: 'tip',
    method: 'tip',
  });
  const counted: Scrape = await scrape(`http://127.0.0.1:${worker.healthPort}`);
  expect(
    counted.value('payment_settlements_total', { network: NETWORK, method: 'tip', outcome: 'confirmed' }),
  ).toBe(1);

  const collected = await ask('/settle', request);
  expect(collected).toMatchObject({ status: 200, body: { success: true, transaction: txHash } });
});
