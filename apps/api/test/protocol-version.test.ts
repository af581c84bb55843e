import { startDevnet } from '@x402-facilitator/devnet';
import { scrape } from '@x402-facilitator/shared/testing';
import { type RedisHandle, startRedis } from '@x402-facilitator/tools/redis';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { paymentsOn } from './support/devnet-payments.js';
import { post, type RunningApi, startApi } from './support/index.js';

const NETWORK = { network: 'cardano:preview' };
const DAY_MS = 24 * 60 * 60 * 1000;
const UNKNOWN = 'exact_cardano_facilitator_protocol_version_unknown';

let redis: RedisHandle;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

/** An API on a devnet of a protocol version, and one clock for both that a test moves. */
async function apiAt(protocolVersion: number, env: Readonly<Record<string, string>> = {}) {
  let aheadMs = 0;
  const clock = () => Date.now() + aheadMs;
  const devnet = await startDevnet({ blockMs: 0, protocolVersion, nowMs: clock });
  onTestFinished(() => devnet.close());
  const api = await startApi({ redisUrl: redis.url, chainUrl: devnet.url, clock }, env);
  onTestFinished(() => api.close());
  const advance = (ms: number) => {
    aheadMs += ms;
  };
  return { api, devnet, advance };
}

/** The lines that it logged about a protocol version. */
function warnings({ log }: RunningApi) {
  return log.filter(({ message }) => String(message).includes('runs protocol version'));
}

function shown(api: RunningApi) {
  return scrape(api.url).then((metrics) => ({
    running: metrics.value('chain_protocol_version', NETWORK),
    judged: metrics.value('chain_protocol_version_judged', {}),
  }));
}

test('a version that is known is shown before the first payment, and nothing is said of it', async () => {
  const { api } = await apiAt(11);
  await expect.poll(() => shown(api)).toEqual({ running: 11, judged: 11 });
  expect(warnings(api)).toEqual([]);
});

test('one that is not known is warned of once, at the start, and payments go on', async () => {
  const { api, devnet } = await apiAt(12);
  await expect.poll(() => shown(api)).toEqual({ running: 12, judged: 11 });
  const payment = await paymentsOn(devnet)();
  for (let time = 0; time < 3; time += 1)
    expect((await post(`${api.url}/verify`, payment)).body).toMatchObject({ isValid: true });
  expect(warnings(api)).toMatchObject([
    {
      level: 'warn',
      ...NETWORK,
      metadata: { protocolVersion: 12, judged: 11, payments: 'accept' },
      message: expect.stringContaining('payments are judged as at version 11'),
    },
  ]);
});

test('where the operator wants it, /verify and /settle refuse by a code of their own, for good', async () => {
  const { api, devnet } = await apiAt(12, { X402_CHAIN__VERIFICATION__UNKNOWN_PROTOCOL_VERSION: 'refuse' });
  const payment = await paymentsOn(devnet)();
  const verified = await post(`${api.url}/verify`, payment);
  expect(verified).toMatchObject({ status: 200, body: { isValid: false, invalidReason: UNKNOWN } });
  expect(JSON.stringify(verified.body)).not.toContain('"retryable":true');
  expect((await post(`${api.url}/settle`, payment)).body).toMatchObject({
    success: false,
    errorReason: UNKNOWN,
  });
  expect(warnings(api)).toMatchObject([{ message: expect.stringContaining('payments are refused') }]);
});

test('a network that forks under a running process is noticed with the first payment of its new epoch', async () => {
  const { api, devnet, advance } = await apiAt(11);
  await expect.poll(() => shown(api)).toMatchObject({ running: 11 });
  Object.assign(devnet.ledger.profile, { protocolVersion: 12 });
  advance(DAY_MS);
  devnet.ledger.forge();
  const pay = paymentsOn(devnet);
  expect((await post(`${api.url}/verify`, await pay())).body).toMatchObject({ isValid: true });
  expect(await shown(api)).toMatchObject({ running: 12 });
  expect(warnings(api)).toHaveLength(1);
});
