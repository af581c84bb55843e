import { post, send } from '@x402-facilitator/api/testing';
import { redisSettingsFromUrl } from '@x402-facilitator/journal';
import { startRedis } from '@x402-facilitator/tools/redis';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { ORDER, type SponsoringHarness, startSponsoringHarness } from './support/sponsoring-harness.js';

let harness: SponsoringHarness;
beforeAll(async () => {
  harness = await startSponsoringHarness();
});
afterAll(() => harness?.close(), 60_000);

const SETTLING = { status: 202, body: { errorReason: 'settlement_pending' } };
const UNKNOWN = { invalidReason: 'invalid_exact_cardano_payload_sponsorship_unknown' };

test('where fees are not sponsored the routes are 404, /supported does not announce them, and payers pay alone', async () => {
  const off = await harness.startApi({ X402_SPONSORSHIP__ENABLED: 'false' });
  expect(await post(`${off.url}/sponsorships`, ORDER)).toMatchObject({
    status: 404,
    body: { error: 'not_found' },
  });
  expect(await send(`${off.url}/sponsorships/${'0'.repeat(32)}`)).toMatchObject({ status: 404 });
  expect((await send(`${off.url}/supported`)).body).toMatchObject({ extensions: ['payment-identifier'] });
  const { request } = await harness.pay();
  expect((await harness.verify(request, off)).body).toMatchObject(UNKNOWN);
  expect(await harness.settle(await harness.payAlone(), off)).toMatchObject(SETTLING);
});

test('without a worker that has a wallet nothing is lent, /supported does not announce it, and payers pay alone', async () => {
  // No pool was ever published here.
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const { host = '', port } = redisSettingsFromUrl(redis.url);
  const alone = await harness.startApi({
    X402_CHAIN__REDIS__HOST: host,
    X402_CHAIN__REDIS__PORT: String(port),
  });
  const { status, body, headers } = await post(`${alone.url}/sponsorships`, ORDER);
  expect([status, body.error, body.message]).toEqual([
    503,
    'sponsorship_unavailable',
    'no fees are sponsored now: no worker keeps a pool',
  ]);
  expect(headers.get('retry-after')).toBe('30');
  expect((await send(`${alone.url}/supported`)).body).toMatchObject({
    extensions: ['payment-identifier'],
    kinds: [{ network: 'cardano:preview' }],
  });
  const { request } = await harness.pay();
  expect((await harness.verify(request, alone)).body).toMatchObject(UNKNOWN);
  const payment = await harness.payAlone();
  expect((await harness.verify(payment, alone)).body).toMatchObject({ isValid: true });
  expect(await harness.settle(payment, alone)).toMatchObject(SETTLING);
});
