import {
  connectRedis,
  createRedisJournal,
  disconnectRedis,
  redisSettingsFromUrl,
  type Settlement,
  settlementsIn,
} from '@x402-facilitator/journal';
import { waitUntil } from '@x402-facilitator/tools/processes';
import { fundPayer } from '@x402-facilitator/tools/stack';
import { expect, it, onTestFinished } from 'vitest';
import { type Answer, type PaymentRequest, post, signPayment } from './support/facilitator.js';
import { runOps } from './support/ops.js';
import { replica, useStack } from './support/use-stack.js';

const stack = useStack({
  apis: 2,
  workers: 2,
  paywall: false,
  settings: {
    X402_SECURITY__STORED_KEYS: 'true',
    X402_RATE_LIMIT__SENSITIVE: '100000',
    X402_RATE_LIMIT__GLOBAL: '100000',
  },
});

const NETWORK = 'cardano:preview';
/** More than either quota allows. */
const PAYMENTS = 16;
const TENANTS = {
  alpha: { settlements: 10, lovelace: undefined, accepted: 10 },
  // Any five are worth less, any six more.
  beta: { settlements: 15, lovelace: 5 * 2_000_000 + 200, accepted: 5 },
} as const;
type Tenant = keyof typeof TENANTS;
const NAMES: readonly Tenant[] = ['alpha', 'beta'];

const ops = (...args: readonly string[]) => runOps(stack().settings, ...args);
const apis = () => stack().apis.filter(({ process }) => process.isRunning());

it('two tenants under load on two replicas: quotas are exact over a restart of an API and a killed worker, neither sees the other, and usage is what the ledger holds', async () => {
  const payer = await fundPayer(stack(), { outputs: 2 * PAYMENTS });
  const secrets = new Map<Tenant, string>();
  for (const name of NAMES) {
    const { settlements, lovelace } = TENANTS[name];
    const made = await ops(
      ...['keys', 'create', name, '--no-public', '--quota', `preview/settlements/day=${settlements}`],
      ...(lovelace === undefined ? [] : ['--quota', `preview/lovelace/month=${lovelace}`]),
    );
    expect(made).toMatchObject({ code: 0, out: expect.stringMatching(/^x402_[\w-]{43}\n$/) });
    secrets.set(name, made.out.trim());
  }
  const headersOf = (name: Tenant | undefined): Record<string, string> =>
    name === undefined ? {} : { authorization: `Bearer ${secrets.get(name)}` };

  const payments = await Promise.all(
    Array.from({ length: 2 * PAYMENTS }, async (_, index) => ({
      name: NAMES[index % 2] ?? 'alpha',
      at: index,
      // Every amount differs, so that the sums show which were counted.
      amount: 2_000_000 + index,
      ...(await signPayment(stack(), payer, {
        amount: String(2_000_000 + index),
        resource: `https://seller.example/${index}`,
        confirmations: 0,
      })),
    })),
  );

  /** The same call again and again, on any replica, until one answers: as a seller's client does. */
  async function settle(name: Tenant, request: PaymentRequest, at: number): Promise<Answer> {
    for (let attempt = at; ; attempt += 1) {
      const answer = await post(
        `${replica(stack().apis, attempt % stack().apis.length).url}/settle`,
        request,
        {
          ...headersOf(name),
          prefer: 'respond-async',
        },
      ).catch(() => undefined);
      if (answer !== undefined && answer.status !== 503) return answer;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  const read = async (path: string, name: Tenant | undefined) => {
    const { url } = replica(stack().apis, stack().apis.length - 1);
    const answer = await fetch(url + path, { headers: headersOf(name) });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const used = async (name: Tenant) => {
    const { networks } = (await read('/usage', name)).body as {
      networks: Record<string, { day: { settlements: { used: number; confirmed: number } } }>;
    };
    return networks[NETWORK]?.day.settlements;
  };

  const load = Promise.all(
    payments.map(async (payment) => {
      const answers = [];
      // Twice, on two replicas: the second joins the first.
      for (const at of [payment.at, payment.at + 1])
        answers.push(await settle(payment.name, payment.request, at));
      return { ...payment, answers };
    }),
  );
  await waitUntil(async () => Number((await used('alpha'))?.used) >= 3, { what: 'the load to be under way' });
  replica(stack().apis, 0).process.signal('SIGKILL');
  replica(stack().workers, 0).process.signal('SIGKILL');
  await Promise.all([stack().startApi(), stack().startWorker()]);
  const settled = await load;

  const acceptedBy = (name: Tenant) =>
    settled.filter((it) => it.name === name && it.answers.some(({ status }) => status !== 429));
  for (const name of NAMES) {
    const own = settled.filter((it) => it.name === name);
    expect([name, acceptedBy(name).length]).toEqual([name, TENANTS[name].accepted]);
    for (const { answers } of own.filter((it) => !acceptedBy(name).includes(it)))
      for (const { body } of answers) expect(body).toMatchObject({ error: 'quota_reached' });
  }

  for (const name of NAMES) {
    const { accepted } = TENANTS[name];
    await waitUntil(async () => (await used(name))?.confirmed === accepted, {
      what: `${name}'s payments to be confirmed`,
    });
  }

  const redis = connectRedis({
    settings: redisSettingsFromUrl(stack().redis.url),
    role: 'worker',
    name: 'test',
    onError: () => undefined,
  });
  onTestFinished(() => disconnectRedis(redis));
  const journal = createRedisJournal({ redis });
  const records: Settlement[] = [];
  for await (const readings of journal.all(NETWORK)) records.push(...settlementsIn(readings));

  for (const name of NAMES) {
    const { accepted, settlements, lovelace } = TENANTS[name];
    const applied = await Promise.all(
      settled.map(async ({ transaction, amount }) => ({
        transaction,
        amount,
        isApplied: (await stack().control.submission(transaction))?.applied === 1,
      })),
    );
    const own = records.filter(({ keyName }) => keyName === name);
    const ofLedger = applied.filter(
      ({ transaction, isApplied }) => isApplied && own.some(({ txHash }) => txHash === transaction),
    );
    expect(ofLedger).toHaveLength(accepted);
    const sum = String(ofLedger.reduce((total, { amount }) => total + amount, 0));
    const { body } = await read('/usage', name);
    expect(body).toMatchObject({
      key: name,
      networks: {
        [NETWORK]: {
          day: {
            settlements: {
              used: accepted,
              pending: 0,
              confirmed: accepted,
              failed: 0,
              expired: 0,
              limit: settlements,
              left: settlements - accepted,
            },
            volume: [{ asset: 'lovelace', used: sum, confirmed: sum, limit: null }],
          },
          month: {
            volume: [{ used: sum, limit: lovelace === undefined ? null : String(lovelace) }],
          },
        },
      },
    });

    const other = name === 'alpha' ? 'beta' : 'alpha';
    for (const { transaction, request } of acceptedBy(name)) {
      expect((await read(`/status/${transaction}`, name)).body).toMatchObject({ status: 'confirmed' });
      for (const viewer of [other, undefined] as const)
        for (const path of ['', '/events', '/receipt'])
          expect((await read(`/status/${transaction}${path}`, viewer)).status).toBe(404);
      const { body } = await settle(other, request, 1);
      expect(body).toMatchObject({ success: false, errorReason: 'duplicate_settlement' });
      expect(body).not.toHaveProperty('extra');
    }
    expect((await read('/usage', undefined)).status).toBe(401);
    expect(JSON.parse((await ops('keys', 'show', name, '--json')).out)).toMatchObject({
      usage: [{ day: { settlements: { confirmed: accepted } } }],
    });
  }
});

it('ops keys make, show, change, rotate and revoke a key, and every replica follows', async () => {
  const made = await ops('keys', 'create', 'shop', '--allow-network', 'preview', '--redemption', 'resume');
  expect(made.err).toContain('told here and never again');
  const secret = made.out.trim();
  const statuses = (key: string) =>
    Promise.all(
      apis().map(
        async ({ url }) => (await post(`${url}/verify`, {}, { authorization: `Bearer ${key}` })).status,
      ),
    );
  expect(await statuses(secret)).toEqual(apis().map(() => 400));

  const changed = await ops('keys', 'set', 'shop', '--quota', 'preview/verifications/day=5', '--no-public');
  expect(changed).toMatchObject({ code: 0, out: expect.stringContaining('"verifications":{"day":5}') });
  const rotated = await ops('keys', 'rotate', 'shop', '--overlap', '1h');
  expect(rotated.err).toContain('the one before ends at 20');
  expect(await statuses(rotated.out.trim())).toEqual(apis().map(() => 400));

  expect(await ops('keys', 'revoke', 'shop', '--reason', 'moved')).toMatchObject({ code: 0 });
  await waitUntil(async () => (await statuses(secret)).every((status) => status === 401), {
    what: 'every replica to refuse the key',
    timeoutMs: 5_000,
  });
});
