import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import {
  type OutRef,
  outRefKey,
  type PaymentRequest,
  parseOutRef,
  parseTxHash,
  toHex,
} from '@x402-facilitator/cardano';
import type { PaymentChanges } from '@x402-facilitator/cardano/testing';
import { connectChain } from '@x402-facilitator/chain';
import { connectRedis, disconnectRedis } from '@x402-facilitator/journal';
import { createLogger } from '@x402-facilitator/shared/telemetry';
import fastify from 'fastify';
import pMap from 'p-map';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { callerPlugin } from '../src/plugins/app/caller.js';
import { lookupsPlugin } from '../src/plugins/app/lookups.js';
import { type Answer, type Harness, post, type RunningApi, send, startHarness } from './support/index.js';

const KEY = 'the-key-of-a-shop';
const KEYS = JSON.stringify([{ name: 'shop', sha256: createHash('sha256').update(KEY).digest('hex') }]);
const KEYED = { 'x-api-key': KEY };
const RESERVED = 'exact_cardano_facilitator_lookups_reserved';
const NOT_ON_CHAIN = 'invalid_exact_cardano_payload_nonce_not_on_chain';
const NOT_AVAILABLE = 'invalid_exact_cardano_payload_input_not_available';

/** The look at the tip that says that "unknown" means "missing", and the facts of the network: once for all. */
const SHARED_CALLS = 5;

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());
beforeEach(async () => {
  // Each test has the allowances to itself.
  await harness.redis.flushall();
  harness.devnet.requests.clear();
});

const calls = (): number => harness.devnet.requests.snapshot().total;
const outputCalls = (): number => harness.devnet.requests.snapshot().operations['GET /txs/{hash}/utxos'] ?? 0;

function unknownInput(): OutRef {
  const txHash = parseTxHash(toHex(randomBytes(32)));
  if (txHash === undefined) throw new Error('expected 32 bytes to be an id');
  return { txHash, index: 0 };
}

/** A signed payment that spends what does not exist: all of it, or all but the nonce. */
function madeUp(inputs: number, nonce: 'unknown' | 'real' | OutRef = 'unknown'): Promise<PaymentRequest> {
  const invented = Array.from({ length: inputs - 1 }, unknownInput);
  const named = nonce === 'unknown' ? unknownInput() : nonce;
  const transaction: PaymentChanges['transaction'] = ({ spec, source }) => ({
    ...spec,
    inputs: [named === 'real' ? source.outRef : named, ...invented],
  });
  return harness.pay({ transaction, ...(named === 'real' ? {} : { nonce: () => outRefKey(named) }) });
}

async function verify(
  api: RunningApi,
  payment: PaymentRequest,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return post(`${api.url}/verify`, { x402Version: 2, ...payment }, headers);
}

const from = (address: string) => ({ 'x-forwarded-for': address });

async function metricsOf(api: RunningApi): Promise<string> {
  return (await fetch(`${api.url}/metrics`)).text();
}

describe('what a payment of inputs that do not exist costs', () => {
  let api: RunningApi;
  beforeAll(async () => {
    api = await harness.startApi();
    await verify(api, await harness.pay());
  });

  test('250 unknown inputs cost one look-up', async () => {
    const { body } = await verify(api, await madeUp(250));
    expect(body.invalidReason).toBe(NOT_ON_CHAIN);
    expect(outputCalls()).toBe(1);
    expect(calls()).toBeLessThanOrEqual(1 + SHARED_CALLS);
  });

  test('a nonce that exists and 249 others that do not cost a few', async () => {
    const { body } = await verify(api, await madeUp(250, 'real'));
    expect(body.invalidReason).toBe(NOT_AVAILABLE);
    expect(outputCalls()).toBeGreaterThanOrEqual(2);
    expect(outputCalls()).toBeLessThanOrEqual(5);
  });

  test('/settle costs no more', async () => {
    const payment = await madeUp(250, 'real');
    const { body } = await post(`${api.url}/settle`, { x402Version: 2, ...payment });
    expect(body).toMatchObject({ success: false, errorReason: NOT_AVAILABLE });
    expect(outputCalls()).toBeLessThanOrEqual(5);
  });

  test('20 of each at once cost a few each', async () => {
    const payments = await Promise.all(
      Array.from({ length: 40 }, (_, index) => madeUp(250, index % 2 === 0 ? 'real' : 'unknown')),
    );
    harness.devnet.requests.clear();
    const answers = await Promise.all(payments.map((payment) => verify(api, payment)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(outputCalls()).toBeLessThanOrEqual(20 * 5 + 20);
  });

  test('pipelined on one connection they cost no more, and every one is answered', async () => {
    const payments = await Promise.all(Array.from({ length: 10 }, () => madeUp(250)));
    const requests = payments.map((payment) => {
      const body = JSON.stringify({ x402Version: 2, ...payment });
      const head = 'POST /verify HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n';
      return `${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
    });
    harness.devnet.requests.clear();
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
    await once(socket, 'connect');
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    socket.write(requests.join(''));
    await expect.poll(() => text.split(NOT_ON_CHAIN).length - 1).toBe(10);
    socket.destroy();
    expect(outputCalls()).toBe(10);
  });
});

describe('a caller’s allowance', () => {
  const LIMIT = 10;
  let api: RunningApi;
  beforeAll(async () => {
    api = await harness.startApi({
      X402_SERVER__TRUST_PROXY: 'loopback',
      X402_RATE_LIMIT__LOOKUPS: String(LIMIT),
      X402_CHAIN__VERIFICATION__MAX_INPUTS: String(LIMIT),
    });
  });

  const useUp = async (address: string) => {
    for (let time = 0; time < LIMIT; time += 1)
      expect((await verify(api, await madeUp(1), from(address))).status).toBe(200);
  };
  const nextStatus = async (address: string) => (await verify(api, await madeUp(1), from(address))).status;

  test('ends with 429, which says what was expected and found, when, and asks the provider nothing', async () => {
    await useUp('192.0.2.1');
    harness.devnet.requests.clear();
    const { status, headers, body } = await verify(api, await madeUp(1), from('192.0.2.1'));
    expect(status).toBe(429);
    expect(body).toEqual({
      error: 'lookup_limit_reached',
      message: expect.stringMatching(
        /^expected at most 10 look-ups at chain providers in 60 s, found 1 needed and 0 left; try again in \d+ s$/,
      ),
    });
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(calls()).toBe(0);
    const settled = await post(
      `${api.url}/settle`,
      { x402Version: 2, ...(await harness.pay()) },
      from('192.0.2.1'),
    );
    expect([settled.status, settled.body.error]).toEqual([429, 'lookup_limit_reached']);
    expect(calls()).toBe(0);
    expect(await nextStatus('192.0.2.2')).toBe(200);
    expect(await metricsOf(api)).toMatch(/^payment_lookups_refused_total\{caller="address"\} 2$/m);
  });

  test('is not touched by what the cache answers', async () => {
    const known = await harness.pay();
    expect((await verify(api, known, from('192.0.2.9'))).body.isValid).toBe(true);
    await useUp('192.0.2.3');
    harness.devnet.requests.clear();
    expect((await verify(api, known, from('192.0.2.3'))).body.isValid).toBe(true);
    expect(calls()).toBe(0);
  });

  test('is charged for what is not in the cache when some of it is', async () => {
    const known = await harness.pay();
    await verify(api, known, from('192.0.2.9'));
    const nonce = parseOutRef(String(known.paymentPayload.payload.nonce));
    if (nonce === undefined) throw new Error('expected a nonce');
    const mixed = () => madeUp(10, nonce);
    expect((await verify(api, await mixed(), from('192.0.2.4'))).body.invalidReason).toBe(NOT_AVAILABLE);
    // At most four were asked for, and the rest was given back.
    for (let time = 0; time < 6; time += 1) expect(await nextStatus('192.0.2.4')).toBe(200);
    // What one payment needs is not there any more: it is refused before anything is asked.
    harness.devnet.requests.clear();
    expect((await verify(api, await mixed(), from('192.0.2.4'))).status).toBe(429);
    expect(calls()).toBe(0);
  });

  test('is one for a whole IPv6 /64, and one for an IPv4 address however it is written', async () => {
    for (let time = 0; time < LIMIT; time += 1) {
      const rotating = `2001:db8:1:2:${time.toString(16)}::${time + 1}`;
      expect((await verify(api, await madeUp(1), from(rotating))).status).toBe(200);
    }
    expect(await nextStatus('2001:db8:1:2:ffff:ffff:ffff:ffff')).toBe(429);
    expect(await nextStatus('2001:0db8:0001:0002::7')).toBe(429);
    expect(await nextStatus('2001:db8:1:3::1')).toBe(200);
    await useUp('198.51.100.7');
    expect(await nextStatus('::ffff:198.51.100.7')).toBe(429);
    expect(await nextStatus('::ffff:c633:6407')).toBe(429);
  });

  test('is not exceeded by requests at the same time', async () => {
    const payments = await Promise.all(Array.from({ length: 60 }, () => madeUp(1)));
    harness.devnet.requests.clear();
    const answers = await Promise.all(payments.map((it) => verify(api, it, from('203.0.113.5'))));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(LIMIT);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(60 - LIMIT);
    expect(outputCalls()).toBe(LIMIT);
  });

  test('is shared by all replicas', async () => {
    const other = await harness.startApi({
      X402_SERVER__TRUST_PROXY: 'loopback',
      X402_RATE_LIMIT__LOOKUPS: String(LIMIT),
      X402_CHAIN__VERIFICATION__MAX_INPUTS: String(LIMIT),
    });
    await useUp('203.0.113.9');
    expect((await verify(other, await madeUp(1), from('203.0.113.9'))).status).toBe(429);
  });
});

describe('without Redis', () => {
  const WITHOUT = {
    X402_CHAIN__REDIS__PORT: '9',
    X402_RATE_LIMIT__LOOKUPS: '10',
    X402_CHAIN__VERIFICATION__MAX_INPUTS: '10',
  };

  test('nothing is looked up, because nothing could be settled', async () => {
    const api = await harness.startApi(WITHOUT);
    const statuses = [];
    for (let time = 0; time < 12; time += 1) statuses.push((await verify(api, await madeUp(1))).status);
    expect(statuses).toEqual(Array(12).fill(503));
    expect(outputCalls()).toBe(0);
  });

  test('each replica counts a caller’s look-ups for itself: Redis may go away during a request', async () => {
    const { config } = await harness.startApi(WITHOUT);
    const redis = connectRedis({
      settings: config.chain.redis,
      role: 'producer',
      name: 'test',
      onError: () => undefined,
    });
    const app = fastify();
    onTestFinished(async () => {
      await app.close();
      await disconnectRedis(redis);
    });
    await app.register(callerPlugin, { ...config, registry: undefined });
    await app.register(lookupsPlugin, { ...config, maxInputs: 10, redis, onRefused: () => undefined });
    app.get('/', async (request) => (await request.lookups().allowance.take(1)).ok);
    const taken = [];
    for (let time = 0; time < 12; time += 1) taken.push((await app.inject('/')).json());
    expect(taken).toEqual([...Array(10).fill(true), false, false]);
  });
});

describe('the reserve of a provider’s budget', () => {
  const PER_DAY = 100;
  const RESERVE = PER_DAY / 2;
  const BUDGET = {
    X402_SERVER__TRUST_PROXY: 'loopback',
    X402_SECURITY__API_KEYS: KEYS,
    X402_SECURITY__PUBLIC_PAYMENTS: 'true',
    X402_CHAIN__BLOCKFROST__BUDGET__REQUESTS_PER_SECOND: '1000',
    X402_CHAIN__BLOCKFROST__BUDGET__BURST: '1000',
    X402_CHAIN__BLOCKFROST__BUDGET__PER_DAY: String(PER_DAY),
  };

  test('is not for strangers, from however many addresses they come: holders of keys and settlements go on', async () => {
    const api = await harness.startApi(BUDGET);
    const payments = await Promise.all(
      Array.from({ length: 70 }, (_, index) => madeUp(40, index % 4 === 0 ? 'real' : 'unknown')),
    );
    harness.devnet.requests.clear();
    // Not all at once: a test's own process would keep Redis waiting, and a replica without Redis counts alone.
    const answers = await pMap(payments, (payment, index) => verify(api, payment, from(`10.0.${index}.1`)), {
      concurrency: 10,
    });
    expect(outputCalls()).toBeLessThanOrEqual(RESERVE);
    const refused = answers.filter(({ body }) => body.invalidReason === RESERVED);
    expect(refused.length).toBeGreaterThan(0);
    for (const { status, body } of refused) {
      expect(status).toBe(200);
      expect(body).toMatchObject({ isValid: false, extra: { retryable: true } });
      expect(body.invalidMessage).toContain('kept for holders of keys and for settlements');
    }

    // Honest ones: a stranger waits, a holder of a key does not, neither to verify nor to settle.
    const [one, other] = [await harness.pay(), await harness.pay()];
    expect((await verify(api, one, from('192.0.2.77'))).body.invalidReason).toBe(RESERVED);
    expect((await verify(api, one, KEYED)).body).toMatchObject({ isValid: true });
    const claimed = await post(
      `${api.url}/settle`,
      { x402Version: 2, ...other },
      { ...KEYED, prefer: 'respond-async' },
    );
    expect(claimed.status).toBe(202);
    // What a worker does next, on the same budget.
    const worker = connectChain({
      network: 'cardano:preview',
      providers: [
        {
          type: 'blockfrost',
          url: harness.devnet.url,
          budget: { requestsPerSecond: 1_000, burst: 1_000, perDay: PER_DAY },
        },
      ],
      utxoTtlSeconds: 60,
      reserveShare: 0.5,
      redis: harness.redis,
      clock: Date.now,
      logger: createLogger({ tier: 'worker', logging: { level: 'silent', pretty: false } }),
    });
    onTestFinished(() => worker.close());
    const signed = Buffer.from(String(other.paymentPayload.payload.transaction), 'base64');
    expect(await worker.provider.submitTransaction(new Uint8Array(signed))).toMatchObject({
      kind: 'accepted',
    });
    expect((await worker.polling.getTip()).height).toBeGreaterThan(0);
    expect((await verify(api, one, from('192.0.2.78'))).body).toMatchObject({ isValid: true });
    expect((await verify(api, await madeUp(1), from('192.0.2.79'))).body.invalidReason).toBe(RESERVED);

    // It shows.
    const health = await send(`${api.url}/health`);
    expect(health.body).toMatchObject({
      status: 'degraded',
      dependencies: {
        chain: {
          'cardano:preview': {
            status: 'up',
            message:
              'the rest of the budget of blockfrost is kept for callers with a key and for settlements',
            providers: [{ budget: { status: 'reserved', perDay: PER_DAY, reservedOfDay: RESERVE } }],
          },
        },
      },
    });
    const metrics = await metricsOf(api);
    expect(metrics).toMatch(/^rpc_quota_reserved\{provider="blockfrost"\} 50$/m);
    expect(metrics).toMatch(/^rpc_budget_refusals_total\{provider="blockfrost",reason="reserved"\} [1-9]/m);
  });

  test('a spent budget is not healthy', async () => {
    const api = await harness.startApi({ ...BUDGET, X402_CHAIN__BLOCKFROST__BUDGET__PER_DAY: '10' });
    for (let time = 0; time < 12; time += 1) await verify(api, await harness.pay(), KEYED);
    const health = await send(`${api.url}/health`);
    expect(health.status).toBe(503);
    expect(health.body).toMatchObject({
      status: 'unhealthy',
      dependencies: {
        chain: {
          'cardano:preview': {
            status: 'down',
            message: 'no provider can be used: the budget of blockfrost is spent until midnight UTC',
            providers: [{ budget: { status: 'spent', leftToday: 0 } }],
          },
        },
      },
    });
  });

  test('a key that is not known is a mistake, not a stranger, and costs nothing', async () => {
    const api = await harness.startApi({ ...BUDGET, X402_RATE_LIMIT__SENSITIVE: '30' });
    const payment = await harness.pay();
    harness.devnet.requests.clear();
    const statuses = [];
    for (let time = 0; time < 40; time += 1) {
      const address = from(`2001:db8:9:9::${(time + 1).toString(16)}`);
      statuses.push((await verify(api, payment, { 'x-api-key': `guess-${time}`, ...address })).status);
    }
    expect(statuses).toEqual([...Array(30).fill(401), ...Array(10).fill(429)]);
    expect(outputCalls()).toBe(0);
  });

  test('strangers are served only where the operator says so', async () => {
    const { X402_SECURITY__PUBLIC_PAYMENTS: _, ...closed } = BUDGET;
    const api = await harness.startApi(closed);
    const payment = await harness.pay();
    harness.devnet.requests.clear();
    expect((await verify(api, payment)).status).toBe(401);
    expect(outputCalls()).toBe(0);
    expect((await verify(api, payment, KEYED)).body.isValid).toBe(true);
  });
});
