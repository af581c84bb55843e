import { fileURLToPath } from 'node:url';
import {
  decodeTransaction,
  fromHex,
  type LedgerOpinion,
  type PaymentRequest,
  type Refusal,
  type Result,
  SUPPORTED_SCHEMES,
  toHex,
} from '@x402-facilitator/cardano';
import {
  HOSTILE_SCRIPTS,
  MemoryWorld,
  type PaymentChanges,
  POLICY,
  paymentOn,
  spending,
  transactionRequestOf,
  walletOf,
} from '@x402-facilitator/cardano/testing';
import { scrape } from '@x402-facilitator/shared/testing';
import { startProcess } from '@x402-facilitator/tools/processes';
import pMap from 'p-map';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startShadowJudge } from '../src/services/shadow-judge.js';
import { worldOf } from './support/devnet-payments.js';
import {
  apiEnvironment,
  type Harness,
  NETWORK,
  post,
  type RunningApi,
  startApi,
  startHarness,
} from './support/index.js';

const ALWAYS = { X402_CHAIN__VERIFICATION__SHADOW: '1' };
const UNSIGNED: PaymentChanges = {
  transaction: ({ spec }) => ({ ...spec, signers: [walletOf('stranger')] }),
};

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());

function judgeModule(judge: string): string {
  return fileURLToPath(new URL(`./support/judges/${judge}.mjs`, import.meta.url));
}

function unrefused<T>(result: Result<T, Refusal>): T {
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

/** What our judge says of a good payment. */
async function opinionOfAPayment(): Promise<LedgerOpinion> {
  const world = new MemoryWorld();
  const transaction = unrefused(
    transactionRequestOf(unrefused(SUPPORTED_SCHEMES.read(await paymentOn(world), POLICY))).decode(
      world.facts,
    ),
  );
  const step = unrefused(transaction.check(world.knownAbout(transaction)));
  if (step.kind === 'broadcast') throw new Error('nothing was broadcast here');
  const opinion = unrefused(step.check(world.factsFor(step))).opinion();
  if (opinion === undefined) throw new Error('expected an opinion, found none');
  return opinion;
}

/** An API whose other judge is a module of `support/judges`. */
async function apiWith(judge: string, env: Readonly<Record<string, string>> = ALWAYS): Promise<RunningApi> {
  const { redisUrl, devnet } = harness;
  const api = await startApi({ redisUrl, chainUrl: devnet.url, shadowModule: judgeModule(judge) }, env);
  onTestFinished(() => api.close());
  return api;
}

async function verify(url: string, payment: PaymentRequest) {
  const { status, body } = await post(`${url}/verify`, { x402Version: 2, ...payment });
  expect(status).toBe(200);
  return body;
}

/** How often the judges agreed, and did not. */
async function counted(url: string) {
  const metrics = await scrape(url);
  const of = (agreement: string) => metrics.value('shadow_judgements_total', { network: NETWORK, agreement });
  return {
    agreed: of('agreed'),
    oursAccepted: of('ours_accepted'),
    oursRefused: of('ours_refused'),
    cannotJudge: of('cannot_judge'),
    dropped: of('dropped'),
  };
}

const NONE = { agreed: 0, oursAccepted: 0, oursRefused: 0, cannotJudge: 0, dropped: 0 };

/** The lines in which the judges differ. */
function differences({ log }: RunningApi) {
  return log.filter(({ message }) => String(message).startsWith('another judge'));
}

test('a real process with the real judge: what both accept, refuse and run is agreed upon', async () => {
  const api = await startProcess({
    name: 'api',
    command: process.execPath,
    args: [fileURLToPath(new URL('../dist/main.js', import.meta.url))],
    env: {
      PATH: process.env.PATH,
      ...apiEnvironment({ redisUrl: harness.redisUrl, chainUrl: harness.devnet.url }),
      ...ALWAYS,
    },
    ready: { kind: 'line', matches: (line) => line.includes('"message":"listening"') },
    readyTimeoutMs: 25_000,
  });
  onTestFinished(async () => {
    await api.stop();
  });
  const lines: string[] = [];
  api.output.onLine((line) => lines.push(line));
  const { url } = (JSON.parse(api.readyLine ?? 'null') as { metadata: { url: string } }).metadata;

  const [script] = Object.values(HOSTILE_SCRIPTS);
  if (script === undefined) throw new Error('expected a script, found none');
  const budget = { memory: 100_000, steps: 100_000_000 };
  const failing = await harness.pay(await spending(script, budget)(worldOf(harness.devnet)));
  expect(await verify(url, await harness.pay())).toMatchObject({ isValid: true });
  expect(await verify(url, await harness.pay(UNSIGNED))).toMatchObject({ isValid: false });
  expect(await verify(url, failing)).toMatchObject({ isValid: false });
  await expect.poll(() => counted(url)).toEqual({ ...NONE, agreed: 3 });
  expect(lines.filter((line) => line.includes('another judge'))).toEqual([]);
});

test('where it refuses what we accept, there is a count and a line, with nothing that could be submitted', async () => {
  const api = await apiWith('refuses');
  const payments = [await harness.pay(), await harness.pay()];
  for (const payment of payments) expect(await verify(api.url, payment)).toMatchObject({ isValid: true });
  await expect.poll(() => counted(api.url)).toEqual({ ...NONE, oursAccepted: 2 });

  const signed = payments.map(({ paymentPayload }) => {
    const decoded = decodeTransaction(Buffer.from(String(paymentPayload.payload.transaction), 'base64'));
    if (!decoded.ok) throw new Error(decoded.error);
    return decoded.value;
  });
  const lines = differences(api);
  expect(lines).toMatchObject(
    signed.map(({ id }) => ({
      level: 'warn',
      network: NETWORK,
      transaction: id,
      metadata: { ours: 'accepted', theirs: 'Contrary', slot: expect.any(Number), protocolVersion: 10 },
    })),
  );
  // One line a minute shows the transaction, which is the payer's but for its signatures.
  const shown = lines.map(({ metadata }) => Reflect.get(Object(metadata), 'withoutSignatures'));
  const blank = decodeTransaction(fromHex(String(shown[0])) ?? new Uint8Array());
  expect(blank).toMatchObject({ ok: true, value: { id: signed[0]?.id } });
  expect(blank.ok && blank.value.vkeyWitnesses.map(({ signature }) => toHex(signature))).toEqual([
    '00'.repeat(64),
  ]);
  expect(shown[1]).toBeUndefined();
  for (const { vkeyWitnesses } of signed)
    for (const { signature } of vkeyWitnesses)
      expect(JSON.stringify(api.log)).not.toContain(toHex(signature));
});

test('where it accepts what we refuse, the line names the predicate', async () => {
  const api = await apiWith('accepts');
  expect(await verify(api.url, await harness.pay(UNSIGNED))).toMatchObject({ isValid: false });
  await expect.poll(() => counted(api.url)).toEqual({ ...NONE, oursRefused: 1 });
  expect(differences(api)).toMatchObject([
    { metadata: { ours: 'MissingVKeyWitnessesUTXOW', theirs: 'accepted' } },
  ]);
});

test('what a cheaper rule refuses, or the operator wants no ledger for, is not its business', async () => {
  const api = await apiWith('accepts');
  const late = await harness.pay({ transaction: ({ spec }) => ({ ...spec, ttl: 1 }) });
  expect(await verify(api.url, late)).toMatchObject({ isValid: false });
  expect(await verify(api.url, await harness.pay())).toMatchObject({ isValid: true });
  await expect.poll(() => counted(api.url)).toEqual({ ...NONE, agreed: 1 });

  const rules = await apiWith('refuses', { ...ALWAYS, X402_CHAIN__VERIFICATION__LEDGER: 'rules' });
  expect(await verify(rules.url, await harness.pay())).toMatchObject({ isValid: true });
  expect(await counted(rules.url)).toEqual(NONE);
});

test('one that hangs delays no answer: what it cannot come to is dropped, and the process still ends', async () => {
  const api = await apiWith('hangs');
  const payments = await pMap(Array.from({ length: 130 }), () => harness.pay(), { concurrency: 10 });
  const answers = await pMap(payments, (payment) => verify(api.url, payment), { concurrency: 8 });
  expect(answers.map(({ isValid }) => isValid)).toEqual(payments.map(() => true));
  // One is being judged and a hundred wait.
  const { dropped } = await counted(api.url);
  expect(dropped).toBeGreaterThanOrEqual(29);
  expect(await verify(api.url, await harness.pay(UNSIGNED))).toMatchObject({ isValid: false });
  expect(differences(api)).toEqual([]);
});

test('one that does not end is ended at its deadline, and comes to the next payment', async () => {
  const compared: string[] = [];
  const shadow = startShadowJudge({
    metrics: { compared: (network, agreement) => compared.push(`${network} ${agreement}`) },
    log: { warn: () => undefined },
    module: judgeModule('hangs'),
    deadlineMs: 100,
  });
  onTestFinished(() => shadow.close());
  const opinion = await opinionOfAPayment();
  for (let time = 0; time < 3; time += 1) shadow.offer(opinion);
  await expect.poll(() => compared).toEqual(Array(3).fill(`${NETWORK} cannot_judge`));
});

test.each([
  ['ends its thread', 'dies', 3],
  ['takes all memory', 'eats', 1],
  ['says what is no verdict', 'babbles', 3],
  ['cannot be loaded', 'broken', 3],
])('one that %s stops nothing, and has said nothing', async (_, judge, payments) => {
  const api = await apiWith(judge);
  for (let time = 0; time < payments; time += 1)
    expect(await verify(api.url, await harness.pay())).toMatchObject({ isValid: true });
  await expect.poll(() => counted(api.url)).toEqual({ ...NONE, cannotJudge: payments });
});

test('no share of payments: it is not loaded, and nothing is counted', async () => {
  const api = await apiWith('no such module', {});
  expect(await verify(api.url, await harness.pay())).toMatchObject({ isValid: true });
  expect((await scrape(api.url)).value('shadow_judgements_total', {})).toBeUndefined();
});

test('a share of payments is about that share', async () => {
  const api = await apiWith('accepts', { X402_CHAIN__VERIFICATION__SHADOW: '0.5' });
  const payment = await harness.pay();
  for (let time = 0; time < 100; time += 1) await verify(api.url, payment);
  await expect.poll(async () => (await counted(api.url)).agreed).toBeGreaterThan(20);
  const { agreed, dropped } = await counted(api.url);
  expect((agreed ?? 0) + (dropped ?? 0)).toBeLessThan(80);
});
