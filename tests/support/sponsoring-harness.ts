import { type Answer, post, type RunningApi, startApi } from '@x402-facilitator/api/testing';
import { type OutRefKey, outRefKey, type PaymentRequest, parseOutRef } from '@x402-facilitator/cardano';
import {
  FACILITATOR,
  MERCHANT,
  PAYER,
  POOL_LOVELACE,
  paymentOn,
  SPONSORED_PRICE,
  type SponsoredChanges,
  type SponsoredInput,
  type SponsoredPayment,
  type SponsoringWorld,
  sponsoredPayment,
  TOKEN,
} from '@x402-facilitator/cardano/testing';
import { type Devnet, startDevnet } from '@x402-facilitator/devnet';
import {
  connectRedis,
  createFollowerLease,
  createRedisJournal,
  createSponsorshipStore,
  disconnectRedis,
  type Journal,
  redisSettingsFromUrl,
  type SponsorshipStore,
} from '@x402-facilitator/journal';
import { startRedis } from '@x402-facilitator/tools/redis';
import { Bank, DevnetWorld } from './devnet-world.js';

export const NETWORK = 'cardano:preview';
const POOL_TTL_MS = 3_600_000;

/** A payer's request. */
export const ORDER = {
  network: NETWORK,
  paymentRequirements: {
    scheme: 'exact',
    network: NETWORK,
    asset: TOKEN,
    amount: `${SPONSORED_PRICE}`,
    payTo: MERCHANT.address(0),
    maxTimeoutSeconds: 600,
  },
  payer: PAYER.address(0),
};

/** A devnet and an API that sponsors fees. The test plays the worker. */
export type SponsoringHarness = {
  readonly api: RunningApi;
  readonly devnet: Devnet;
  readonly journal: Journal;
  readonly store: SponsorshipStore;
  /** Advances the clocks of the API and the chain. */
  pass(ms: number): void;
  /** Puts an output of the wallet on the chain. */
  mintPool(): OutRefKey;
  /** Publishes exactly these outputs and the lent ones. */
  publish(outputs: readonly OutRefKey[], breaker?: string): Promise<void>;
  /** Starts another API, on the same Redis and chain. */
  startApi(env: Readonly<Record<string, string>>): Promise<RunningApi>;
  /** A payment whose reservation was made over HTTP. */
  pay(changes?: SponsoredChanges): Promise<SponsoredPayment & { readonly id: string }>;
  /** A payment whose payer pays the fee itself. */
  payAlone(): Promise<PaymentRequest>;
  verify(request: PaymentRequest, api?: RunningApi): Promise<Answer>;
  settle(request: PaymentRequest, api?: RunningApi): Promise<Answer>;
  close(): Promise<void>;
};

/** One payer makes many payments here, so the limits must be high. */
const ENABLED = {
  X402_SPONSORSHIP__ENABLED: 'true',
  X402_SPONSORSHIP__LIMITS__PER_PAYER_LOVELACE: '1000000000000',
  X402_SPONSORSHIP__LIMITS__PER_KEY_LOVELACE: '1000000000000',
  X402_SPONSORSHIP__LIMITS__PER_DAY_LOVELACE: '1000000000000',
  X402_CHAIN__RESERVATION__MAX_CONCURRENT: '1000',
  X402_SPONSORSHIP__POOL__CALLER_SHARE: '1',
};

export async function startSponsoringHarness(): Promise<SponsoringHarness> {
  const server = await startRedis();
  let nowMs = Math.floor(Date.now() / 1000) * 1000;
  const clock = () => nowMs;
  const devnet = await startDevnet({ blockMs: 0, nowMs: clock });
  const bank = new Bank(devnet);
  const settings = redisSettingsFromUrl(server.url);
  const redis = connectRedis({ settings, role: 'worker', name: 'test', onError: () => undefined });
  const store = createSponsorshipStore({ redis, network: NETWORK, now: clock });
  const lease = createFollowerLease({ redis, network: NETWORK, holder: 'test', ttlMs: POOL_TTL_MS });
  const fence = (await lease.acquire()) ?? 0;
  const apis: RunningApi[] = [];
  const start = async (env: Readonly<Record<string, string>>) => {
    const chain = { redisUrl: server.url, chainUrl: devnet.url, clock };
    const api = await startApi(chain, { ...ENABLED, ...env });
    apis.push(api);
    return api;
  };
  const api = await start({});

  const unused = async (): Promise<never> => {
    throw new Error('no other payment is made here');
  };

  /** The devnet, and reservations by the API. */
  class HttpWorld extends DevnetWorld implements SponsoringWorld {
    id = '';
    constructor() {
      super({ devnet, bank, nowMs, others: { settle: unused, claimTerms: unused } });
    }
    async lend(input: SponsoredInput): Promise<string> {
      await harness.publish([outRefKey(input.outRef)]);
      const { status, body } = await post(`${api.url}/sponsorships`, ORDER);
      if (status !== 201) throw new Error(`no reservation: ${JSON.stringify(body)}`);
      this.id = String(body.id);
      return this.id;
    }
  }

  const harness: SponsoringHarness = {
    api,
    devnet,
    journal: createRedisJournal({ redis, now: clock }),
    store,
    pass(ms) {
      nowMs += ms;
    },
    mintPool: () => outRefKey(bank.pay(FACILITATOR, { lovelace: POOL_LOVELACE }).outRef),
    async publish(outputs, breaker) {
      const outcome = await store.publishPool({
        fence,
        ttlMs: POOL_TTL_MS,
        changeAddress: FACILITATOR.address(0),
        size: 20,
        coinsPerUtxoByte: devnet.ledger.parameters().coinsPerUtxoByte,
        outputs: outputs.map((output) => ({ output, lovelace: POOL_LOVELACE })),
        ...(breaker === undefined ? {} : { breaker }),
      });
      if (outcome.kind !== 'published') throw new Error(outcome.kind);
    },
    startApi: start,
    async pay(changes) {
      const world = new HttpWorld();
      const payment = await sponsoredPayment(world, changes);
      return { ...payment, id: world.id };
    },
    payAlone: () =>
      paymentOn(new DevnetWorld({ devnet, bank, nowMs, others: { settle: unused, claimTerms: unused } })),
    verify: (request, { url } = api) => post(`${url}/verify`, { x402Version: 2, ...request }),
    settle: (request, { url } = api) =>
      post(`${url}/settle`, { x402Version: 2, ...request }, { prefer: 'respond-async' }),
    async close() {
      for (const each of apis) await each.close();
      await disconnectRedis(redis);
      await devnet.close();
      await server.stop();
    },
  };
  return harness;
}

/** An output as answers name it. */
export function inputOf(body: Readonly<Record<string, unknown>>): OutRefKey {
  const { transaction, index } = body.input as { transaction: string; index: number };
  const ref = parseOutRef(`${transaction}#${index}`);
  if (ref === undefined) throw new Error(`no output: ${JSON.stringify(body)}`);
  return outRefKey(ref);
}
