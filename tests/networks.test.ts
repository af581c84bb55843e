import { post, type RunningApi, send, startApi, transactionIn } from '@x402-facilitator/api/testing';
import { NETWORKS, type Network } from '@x402-facilitator/cardano';
import { PAYER, paymentOn } from '@x402-facilitator/cardano/testing';
import { type Devnet, startDevnet } from '@x402-facilitator/devnet';
import type { NetworkName } from '@x402-facilitator/devnet/testing';
import {
  connectRedis,
  createRedisJournal,
  disconnectRedis,
  redisSettingsFromUrl,
} from '@x402-facilitator/journal';
import { journalKeys, present } from '@x402-facilitator/journal/testing';
import { createLogger } from '@x402-facilitator/shared/telemetry';
import { type RedisHandle, startRedis } from '@x402-facilitator/tools/redis';
import { type RunningWorker, startWorker } from '@x402-facilitator/worker/testing';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { Bank, DevnetWorld } from './support/devnet-world.js';

/** Operators' names of the networks. */
const NAMES = {
  'cardano:mainnet': ['mainnet', 'Mainnet'],
  'cardano:preprod': ['preprod', 'Preprod'],
  'cardano:preview': ['preview', 'Preview'],
} as const satisfies Record<Network, readonly [NetworkName, string]>;
const BLOCK_MS = 200;
const PREPROD_GRACE_SECONDS = 90;

let redis: RedisHandle;
let api: RunningApi;
let worker: RunningWorker;
const devnets = new Map<Network, Devnet>();
const banks = new Map<Network, Bank>();

beforeAll(async () => {
  redis = await startRedis();
  for (const network of NETWORKS) {
    const devnet = await startDevnet({ network: NAMES[network][0], blockMs: BLOCK_MS });
    devnets.set(network, devnet);
    banks.set(network, new Bank(devnet));
  }
  const also = (['cardano:preprod', 'cardano:mainnet'] as const).map((network) => ({
    network: NAMES[network][1],
    blockfrost: { url: devnetOf(network).url },
    ...(network === 'cardano:preprod' ? { verification: { graceBufferSeconds: PREPROD_GRACE_SECONDS } } : {}),
  }));
  api = await startApi(
    { redisUrl: redis.url, chainUrl: devnetOf('cardano:preview').url },
    {
      MAINNET: 'true',
      X402_CHAIN__ALSO_SERVE: JSON.stringify(also),
      X402_CHAIN__FOLLOWER__TICK_MS: '50',
      X402_WORKER__METRICS_PORT: '0',
    },
  );
  const logger = createLogger({ tier: 'worker', logging: { level: 'error', pretty: false } });
  worker = await startWorker({ config: api.config, logger, version: '0.0.0-test' });
  await worker.ready;
});

afterAll(async () => {
  await worker?.stop();
  await api?.close();
  for (const devnet of devnets.values()) await devnet.close();
  await redis?.stop();
});

function devnetOf(network: Network): Devnet {
  const devnet = devnets.get(network);
  if (devnet === undefined) throw new Error(`no devnet of ${network}`);
  return devnet;
}

function worldOf(network: Network): DevnetWorld {
  const bank = banks.get(network);
  if (bank === undefined) throw new Error(`no bank of ${network}`);
  const unused = async () => {
    throw new Error('no other payment is made here');
  };
  const others = { settle: unused, claimTerms: unused };
  return new DevnetWorld({ devnet: devnetOf(network), bank, nowMs: Date.now(), others });
}

test('/supported names every network by its canonical id, with what can be settled there', async () => {
  const { body } = await send(`${api.url}/supported`);
  const kinds = body.kinds as readonly { network: string; extra: object }[];
  expect(new Set(kinds.map(({ network }) => network))).toEqual(new Set(NETWORKS));
  for (const kind of kinds) {
    expect(kind).toMatchObject({ x402Version: 2, scheme: 'exact' });
    expect(kind.extra).toEqual({
      assetTransferMethods: ['default', 'masumi', 'script'],
      areFeesSponsored: false,
      l1Confirmations: { minimum: 0, maximum: 20 },
    });
  }
});

describe.each(NETWORKS)('on %s', (network) => {
  test('a payment is settled by the slots and blocks of its own network', async () => {
    const request = await paymentOn(worldOf(network), {
      requirements: { extra: { confirmationPolicy: { l1Confirmations: 2 } } },
    });
    const answer = await post(`${api.url}/settle`, { x402Version: 2, ...request }, { prefer: 'wait=25' });
    expect(answer).toMatchObject({
      status: 200,
      body: { success: true, network, payer: PAYER.address(network === 'cardano:mainnet' ? 1 : 0) },
    });
    expect(devnetOf(network).ledger.submissions.get(transactionIn(answer.body))).toMatchObject({
      submitted: 1,
      applied: 1,
    });
  });
});

test('a claim holds its inputs past their TTL by its own network’s grace time', async () => {
  const connection = connectRedis({
    settings: redisSettingsFromUrl(redis.url),
    role: 'worker',
    name: 'test',
    onError: () => undefined,
  });
  onTestFinished(() => disconnectRedis(connection));
  const heldAfterTtlMs = async (network: Network) => {
    const request = await paymentOn(worldOf(network));
    const { body } = await post(`${api.url}/settle`, { x402Version: 2, ...request }, { prefer: 'wait=25' });
    const journal = createRedisJournal({ redis: connection });
    const settlement = present(await journal.read(network, transactionIn(body)));
    const [input] = settlement.inputs;
    if (input === undefined) throw new Error('expected a settlement with inputs');
    return (await connection.pexpiretime(journalKeys(network).hold(input))) - settlement.expiresAtMs;
  };
  expect(await heldAfterTtlMs('cardano:preview')).toBe(30_000);
  expect(await heldAfterTtlMs('cardano:preprod')).toBe(PREPROD_GRACE_SECONDS * 1000);
});

test('money of one testnet cannot pay on another', async () => {
  const request = await paymentOn(worldOf('cardano:preview'));
  const elsewhere = {
    ...request,
    paymentPayload: { ...request.paymentPayload, accepted: { scheme: 'exact', network: 'cardano:preprod' } },
    paymentRequirements: {
      ...request.paymentRequirements,
      network: 'cardano:preprod',
      maxTimeoutSeconds: 3600,
    },
  };
  const { body } = await post(`${api.url}/verify`, { x402Version: 2, ...elsewhere });
  // The two count slots from different days, so that the TTL of one is never right on the other.
  expect(body).toMatchObject({
    isValid: false,
    invalidReason: expect.stringMatching(/_ttl_(expired|too_far)$/),
  });
});

test('an address of a testnet is not a valid payTo on mainnet', async () => {
  const request = await paymentOn(worldOf('cardano:preview'));
  const elsewhere = {
    ...request,
    paymentPayload: { ...request.paymentPayload, accepted: { scheme: 'exact', network: 'cardano:mainnet' } },
    paymentRequirements: { ...request.paymentRequirements, network: 'cip34:1-764824073' },
  };
  const { body } = await post(`${api.url}/verify`, { x402Version: 2, ...elsewhere });
  expect(body).toMatchObject({
    isValid: false,
    invalidReason: 'invalid_exact_cardano_requirements',
    invalidMessage: expect.stringContaining('paymentRequirements.payTo'),
  });
});
