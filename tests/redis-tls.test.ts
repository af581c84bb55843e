import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectRedis, disconnectRedis } from '@x402-facilitator/journal';
import { freePort, waitUntil } from '@x402-facilitator/tools/processes';
import { makeRedisCertificates, startRedis } from '@x402-facilitator/tools/redis';
import { fundPayer, type Stack, startStack } from '@x402-facilitator/tools/stack';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { get, post, signPayment } from './support/facilitator.js';
import { replica } from './support/use-stack.js';

/** A primary and a replica that speak TLS alone, and only with those who show a certificate. */
let stack: Stack;
const stops: (() => unknown)[] = [];
const directory = mkdtempSync(join(tmpdir(), 'x402-redis-tls-'));
const certificates = makeRedisCertificates(directory);

function connect(port: number) {
  const redis = connectRedis({
    settings: { host: '127.0.0.1', port, tls: certificates.client },
    role: 'worker',
    name: 'admin',
    onError: () => undefined,
  });
  stops.unshift(() => disconnectRedis(redis));
  return redis;
}

beforeAll(async () => {
  const start = async () => {
    const port = await freePort();
    const settings = {
      port: '0',
      'tls-port': String(port),
      'repl-diskless-sync-delay': '0',
      ...certificates.server,
    };
    const redis = await startRedis({ exclusive: true, persistence: 'always', settings });
    stops.unshift(redis.stop);
    return { redis, port };
  };
  const [primary, follower] = await Promise.all([start(), start()]);
  await connect(follower.port).replicaof('127.0.0.1', primary.port);
  await waitUntil(async () => (await connect(primary.port).info('replication')).includes('state=online'), {
    what: 'the replica to follow',
  });
  stack = await startStack({
    blockMs: 0,
    paywall: false,
    startedRedis: primary.redis,
    settings: {
      X402_CHAIN__REDIS__PORT: String(primary.port),
      X402_CHAIN__REDIS__TLS: JSON.stringify(certificates.client),
      X402_CHAIN__REDIS__DURABILITY__REPLICAS: '1',
    },
  });
  stops.unshift(() => stack.stop());
});
afterAll(async () => {
  for (const stop of stops) await stop();
  rmSync(directory, { recursive: true });
});

test('both tiers settle a payment with a client certificate on every connection, those that wait for a replica too', async () => {
  const { url } = replica(stack.apis);
  const payer = await fundPayer(stack);
  const { request, transaction } = await signPayment(stack, payer, { confirmations: 0 });
  const settling = post(`${url}/settle`, request);
  const isSubmitted = async () => (await get(`${url}/status/${transaction}`)).body.state === 'submitted';
  await waitUntil(isSubmitted, { what: `${transaction} to be submitted` });
  await stack.control.forge();
  expect((await settling).body).toMatchObject({ success: true, transaction });

  const admin = connect(Number(stack.settings.X402_CHAIN__REDIS__PORT));
  const clients = String(await admin.client('LIST'));
  for (const name of [
    'x402-api-producer',
    'x402-api-subscriber',
    'x402-api-acknowledged',
    'x402-worker-acknowledged-\\S+',
    'x402-worker-(?!acknowledged)\\S+',
    // The one on which BullMQ waits for jobs.
    '\\{x402\\}:\\S+ .* cmd=bzpopmin',
  ])
    expect(clients).toMatch(new RegExp(` name=${name} `));
});

test.each(['startApi', 'startWorker'] as const)(
  'without its certificate, %s ends at once and says why',
  async (start) => {
    const starting = stack[start]({ X402_CHAIN__REDIS__TLS: JSON.stringify(certificates.stranger) });
    await expect(starting).rejects.toThrow(
      /exit.*Redis refuses our certificate \(tlsv13 alert certificate required\): chain\.redis\.tls\.certPath and keyPath/s,
    );
  },
);
