import { parseOutRef, parseTxHash, type TxHash } from '@x402-facilitator/cardano';
import { connectChain } from '@x402-facilitator/chain';
import { type Devnet, startDevnet } from '@x402-facilitator/devnet';
import { createLogger } from '@x402-facilitator/shared/telemetry';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startChainProxy } from './support/chain-proxy.js';
import { bytesOf, devnetOf, payerOn, requirements } from './support/devnet-wallet.js';
import { twoProviders } from './support/two-providers.js';

const UNKNOWN = parseTxHash('ab'.repeat(32)) as TxHash;

/** A signed payment of 2 ADA whose input is on the ledger. */
async function signedOn(devnet: Devnet) {
  const { wallet, payTo } = await payerOn(devnet);
  const payment = await wallet.sign(requirements(payTo));
  return {
    payment,
    id: payment.transactionId as TxHash,
    parent: parseOutRef(payment.nonce)?.txHash ?? UNKNOWN,
  };
}

const everything = (fault: object) =>
  ({ operation: '*', probability: 1, ...fault }) as Parameters<Devnet['faults']['add']>[0];

test('while all is well the fallback gets only its probe', async () => {
  // On a busy machine an answer may be slow and all is well.
  const { chain, fallback } = await twoProviders({ tuning: { hedgeAfterMs: 10_000, timeoutMs: 30_000 } });
  fallback.requests.clear();
  for (let time = 0; time < 5; time += 1) await chain.provider.getTip();
  expect(fallback.requests.snapshot().total).toBe(0);
});

describe.each([
  ['answers with server errors', { kind: 'status', status: 503, when: 'before' }],
  ['breaks connections', { kind: 'drop-before' }],
  ['hangs', { kind: 'hang', when: 'before' }],
])('a primary that %s', (_how, fault) => {
  test('is replaced within the same call, goes down, is not asked, and returns later', async () => {
    const { chain, primary, states, stateOfEach, log } = await twoProviders({ tuning: { timeoutMs: 200 } });
    primary.faults.add(everything(fault));
    const tip = primary.ledger.chain.tip.hash;
    await expect
      .poll(async () => {
        expect((await chain.provider.getTip()).hash).toBe(tip);
        return (await stateOfEach()).blockfrost;
      })
      .toBe('down');
    expect(states.at(0)).toMatchObject({ name: 'blockfrost', state: 'down' });
    expect(log()).toContain('chain provider blockfrost is down');

    primary.faults.clear();
    await expect
      .poll(async () => {
        await chain.provider.getTip();
        return (await stateOfEach()).blockfrost;
      })
      .toBe('up');
    primary.requests.clear();
    await chain.provider.getTip();
    expect(primary.requests.snapshot().operations).toHaveProperty(['GET /blocks/latest']);
  });
});

test('a primary that nothing listens for is down', async () => {
  const { chain, stateOfEach } = await twoProviders({ primaryUrl: 'http://127.0.0.1:9/api/v0' });
  expect((await chain.provider.getTip()).height).toBeGreaterThan(0);
  expect(await stateOfEach()).toStrictEqual({ blockfrost: 'down', 'koios-2': 'up' });
});

test('idle, reading the health finds a provider that went away, and that it is back', async () => {
  const primary = await devnetOf();
  const proxy = await startChainProxy(primary.url);
  const { stateOfEach } = await twoProviders({ primaryDevnet: primary, primaryUrl: proxy.url });
  await expect.poll(async () => (await stateOfEach()).blockfrost).toBe('up');
  await proxy.goAway();
  await expect.poll(async () => (await stateOfEach()).blockfrost).toBe('down');
  await proxy.comeBack();
  await expect.poll(async () => (await stateOfEach()).blockfrost).toBe('up');
});

test('a slow read also goes to the next provider, and the first answer counts', async () => {
  const { chain, primary } = await twoProviders({ tuning: { timeoutMs: 5_000, hedgeAfterMs: 50 } });
  const { parent } = await signedOn(primary);
  primary.faults.add(everything({ kind: 'latency', ms: 3_000 }));
  const startedAt = performance.now();
  expect(await chain.provider.getTransactionOutputs(parent)).toHaveLength(2);
  expect(performance.now() - startedAt).toBeLessThan(2_000);
});

test('polling is patient: a slow read costs no second call', async () => {
  const { chain, primary, fallback } = await twoProviders({ tuning: { hedgeAfterMs: 20 } });
  primary.faults.add(everything({ kind: 'latency', ms: 200 }));
  fallback.requests.clear();
  await chain.polling.getTip();
  expect(fallback.requests.snapshot().total).toBe(0);
});

test('"not found" of a fast fallback does not count until the primary has answered', async () => {
  const { chain, primary, fallback } = await twoProviders({ tuning: { hedgeAfterMs: 20 } });
  const { parent } = await signedOn(primary);
  primary.faults.add(everything({ kind: 'latency', ms: 300 }));
  fallback.faults.add(everything({ kind: 'stale', blocks: 1 }));
  expect(await chain.provider.getTransactionOutputs(parent)).toHaveLength(2);
});

test('a provider whose tip is behind is named and not used until it has caught up', async () => {
  const { chain, primary, stateOfEach } = await twoProviders({
    tuning: { maxLagBlocks: 3, probeEveryMs: 50 },
  });
  primary.ledger.forge();
  primary.timer.forge(5);
  primary.faults.add(everything({ kind: 'stale', blocks: 4 }));
  await expect.poll(async () => (await stateOfEach()).blockfrost).toBe('lagging');
  expect((await chain.provider.getTip()).height).toBe(primary.ledger.chain.tip.height);
  const { providers } = await chain.health();
  expect(providers[0]?.message).toBe('its tip is 4 blocks behind');
  primary.faults.clear();
  await expect.poll(async () => (await stateOfEach()).blockfrost).toBe('up');
});

test('a provider of another network is named and never used', async () => {
  const preprod = await startDevnet({ blockMs: 0, network: 'preprod' });
  onTestFinished(() => preprod.close());
  const { chain, primary, stateOfEach } = await twoProviders({ primaryUrl: preprod.url });
  expect(await stateOfEach()).toStrictEqual({ blockfrost: 'wrong_network', 'koios-2': 'up' });
  expect((await chain.provider.getTip()).hash).toBe(primary.ledger.chain.tip.hash);
});

test('a proxy that corrupts answers is skipped, and its probe takes it out of use', async () => {
  const primary = await devnetOf();
  const proxy = await startChainProxy(primary.url);
  const { chain, stateOfEach } = await twoProviders({
    primaryDevnet: primary,
    primaryUrl: proxy.url,
    tuning: { probeEveryMs: 50 },
  });
  const { parent } = await signedOn(primary);
  proxy.corrupt((body) => body.slice(0, -1));
  expect(await chain.provider.getTransactionOutputs(parent)).toHaveLength(2);
  await expect.poll(async () => (await stateOfEach()).blockfrost).toBe('down');
  proxy.corrupt(undefined);
  await expect.poll(async () => (await stateOfEach()).blockfrost).toBe('up');
});

describe.each([
  [418, 'banned'],
  [403, 'banned'],
  [429, 'backing_off'],
  [402, 'backing_off'],
])('HTTP %i', (status, state) => {
  test(`makes it ${state} at once for as long as it says, and nothing is lost`, async () => {
    const { chain, primary, states, stateOfEach } = await twoProviders();
    primary.faults.add(
      everything({ kind: 'status', status, when: 'before', retryAfterSeconds: 1, count: 1 }),
    );
    expect((await chain.provider.getTip()).hash).toBe(primary.ledger.chain.tip.hash);
    primary.requests.clear();
    expect(await stateOfEach()).toStrictEqual({ blockfrost: state, 'koios-2': 'up' });
    await chain.provider.getTip();
    expect(primary.requests.snapshot().total).toBe(0);
    expect(states.map((health) => health.state)).toStrictEqual([state]);
    await expect
      .poll(
        async () => {
          await chain.provider.getTip();
          return (await stateOfEach()).blockfrost;
        },
        { timeout: 60_000 },
      )
      .toBe('up');
  });
});

test('an ambiguous submission goes to the next provider, and one transaction is on the ledger', async () => {
  const { chain, primary } = await twoProviders();
  const { payment, id } = await signedOn(primary);
  primary.faults.add(everything({ operation: 'POST /tx/submit', kind: 'drop-before' }));
  expect(await chain.provider.submitTransaction(bytesOf(payment))).toStrictEqual({
    kind: 'accepted',
    txHash: id,
  });
  primary.ledger.forge();
  expect(primary.ledger.submissions.get(id)).toMatchObject({ applied: 1 });
});

test('a refusal after an ambiguous submission proves nothing: it stays ambiguous', async () => {
  const { chain, primary } = await twoProviders();
  const { payment, id } = await signedOn(primary);
  primary.faults.add(everything({ operation: 'POST /tx/submit', kind: 'drop-after' }));
  const outcome = await chain.provider.submitTransaction(bytesOf(payment));
  expect(outcome).toMatchObject({ kind: 'ambiguous', message: expect.stringContaining('; then: ') });
  primary.ledger.forge();
  expect(await chain.provider.getTransaction(id)).toMatchObject({ validContract: true });
});

test('a refusal of the first provider is final: no other is asked', async () => {
  const { chain, fallback } = await twoProviders();
  fallback.requests.clear();
  expect(await chain.provider.submitTransaction(Uint8Array.of(1, 2))).toMatchObject({ kind: 'rejected' });
  expect(fallback.requests.snapshot().total).toBe(0);
});

test('when all are down every read fails with each one’s reason, and submissions are ambiguous', async () => {
  const { chain, primary, fallback, stateOfEach } = await twoProviders();
  for (const devnet of [primary, fallback]) devnet.faults.add(everything({ kind: 'drop-before' }));
  await expect(chain.provider.getTransaction(UNKNOWN)).rejects.toThrow(/blockfrost .*koios-2 /);
  expect(await chain.provider.submitTransaction(Uint8Array.of(1))).toMatchObject({ kind: 'ambiguous' });
  await expect
    .poll(async () => {
      await chain.provider.getTip().catch(() => undefined);
      return stateOfEach();
    })
    .toStrictEqual({ blockfrost: 'down', 'koios-2': 'down' });
  expect((await chain.health()).isUp).toBe(false);
});

test('a single provider recovers with the first call that works', async () => {
  const devnet = await devnetOf();
  const chain = connectChain({
    network: 'cardano:preview',
    providers: [{ type: 'blockfrost', url: devnet.url }],
    utxoTtlSeconds: 60,
    clock: Date.now,
    logger: createLogger({ tier: 'api', logging: { level: 'error', pretty: false } }),
    tuning: { failures: 2, openMs: 50 },
  });
  onTestFinished(() => chain.close());
  devnet.faults.add(everything({ kind: 'drop-before' }));
  for (let time = 0; time < 4; time += 1) await expect(chain.provider.getTip()).rejects.toThrow();
  devnet.faults.clear();
  await expect
    .poll(() =>
      chain.provider.getTip().then(
        () => true,
        () => false,
      ),
    )
    .toBe(true);
});

test('every call is reported and logged by provider and operation, without a credential', async () => {
  const { chain, calls, log } = await twoProviders();
  await chain.provider.getTip();
  await chain.provider.getTransaction(UNKNOWN);
  expect(calls).toContainEqual(
    expect.objectContaining({
      provider: 'blockfrost',
      operation: 'transaction',
      outcome: 'not_found',
      durationMs: expect.any(Number),
    }),
  );
  expect(log()).toContain('"operation":"transaction"');
  expect(log() + JSON.stringify(calls)).not.toMatch(/s3cret/);
});
