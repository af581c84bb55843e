import { PAYER } from '@x402-facilitator/cardano/testing';
import { type Devnet, startDevnet } from '@x402-facilitator/devnet';
import { type RedisHandle, startRedis } from '@x402-facilitator/tools/redis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { paymentsOn } from './support/devnet-payments.js';
import { post } from './support/requests.js';
import { type RunningApi, startApi } from './support/start-api.js';

let redis: RedisHandle;
let devnet: Devnet;
let api: RunningApi;
let pay: ReturnType<typeof paymentsOn>;

beforeAll(async () => {
  redis = await startRedis({ exclusive: true });
  devnet = await startDevnet({ blockMs: 0 });
  api = await startApi({ redisUrl: redis.url, chainUrl: devnet.url });
  pay = paymentsOn(devnet);
});

afterAll(async () => {
  await api?.close();
  await devnet?.close();
  await redis?.stop();
});

const valid = { isValid: true, payer: PAYER.address(0) };

async function verify(request: unknown) {
  const { status, headers, body } = await post(`${api.url}/verify`, request);
  return { status, retryAfter: headers.get('retry-after'), body };
}

/** Every answer to a few attempts must be this one. The fastest counts: the machine may be busy with other things. */
async function fastestMs(request: unknown, expected: object): Promise<number> {
  let fastest = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 3; attempt++) {
    const startedAt = performance.now();
    expect(await verify(request)).toEqual(expected);
    fastest = Math.min(fastest, performance.now() - startedAt);
  }
  return fastest;
}

function signal(name: NodeJS.Signals): void {
  if (redis.pid === undefined) throw new Error(`expected a Redis of its own, found ${redis.origin}`);
  process.kill(redis.pid, name);
}

const NOT_NOW = {
  status: 503,
  retryAfter: '5',
  body: {
    isValid: false,
    invalidReason: 'unexpected_verify_error',
    invalidMessage: 'the settlement journal does not answer',
    payer: '',
    extra: { retryable: true },
  },
};

test('a good payment is not called valid while Redis is silent or gone, and that is said within a second', async () => {
  const request = await pay();
  expect((await verify(request)).body).toEqual(valid);

  signal('SIGSTOP');
  expect(await fastestMs(request, NOT_NOW)).toBeLessThan(1_000);

  signal('SIGCONT');
  await expect.poll(async () => (await verify(request)).body).toEqual(valid);

  signal('SIGKILL');
  expect(await fastestMs(request, NOT_NOW)).toBeLessThan(1_000);
});

test('a payment that the rules refuse is refused without Redis, too', async () => {
  const refused = await verify(await pay({ nonce: () => 'none' }));
  expect(refused).toMatchObject({
    status: 200,
    body: { isValid: false, invalidReason: 'invalid_exact_cardano_payload_nonce_invalid' },
  });
});
