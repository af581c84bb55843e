import {
  err,
  ok,
  refuse,
  type Scheme,
  type SchemeRegistry,
  SUPPORTED_SCHEMES,
} from '@x402-facilitator/cardano';
import {
  createSchemeRegistry,
  exactScheme,
  judgePhase2,
  transactionRequestOf,
} from '@x402-facilitator/cardano/testing';
import { createVerifier, type ScriptLane } from '@x402-facilitator/shared/verification';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { CheckedNetwork } from '../src/self-check/judge-known-payments.js';
import { createSelfCheck } from '../src/self-check/self-check.js';
import { type Harness, send, startApi, startHarness } from './support/index.js';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());

const INVALID = 'invalid_exact_cardano_payload';

async function apiWith(options: { readonly schemes?: SchemeRegistry; readonly clock?: () => number }) {
  const api = await startApi({ redisUrl: harness.redisUrl, chainUrl: harness.devnet.url, ...options });
  onTestFinished(() => api.close());
  return api;
}

/** The product's scheme with another verifier. */
function schemesWith(change: Pick<Scheme, 'read'>): SchemeRegistry {
  return createSchemeRegistry([{ ...exactScheme, ...change }]);
}

/** A verifier that accepts what it can decode. */
const acceptsAll: Scheme['read'] = (request, policy) => {
  const read = exactScheme.read(request, policy);
  if (!read.ok) return read;
  const transaction = transactionRequestOf(read.value);
  return ok({
    ...transaction,
    decode(facts) {
      const decoded = transaction.decode(facts);
      if (!decoded.ok) return decoded;
      const { txHash, inputs } = decoded.value;
      const { network } = read.value;
      const payment = { scheme: 'exact', kind: 'payment', network, txHash, inputs, payer: 'anyone' } as const;
      // Only what the self-check looks at.
      const check = () => ok({ kind: 'broadcast', payment } as never);
      return ok({ ...decoded.value, check });
    },
  });
};

test('a healthy replica is ready as soon as it listens, and checks itself again without asking a provider', async () => {
  const api = await harness.startApi();
  const ready = () => send(`${api.url}/ready`);
  expect(await ready()).toMatchObject({
    status: 200,
    body: {
      status: 'ready',
      selfCheck: { 'cardano:preview': { status: 'passing', ageSeconds: expect.any(Number) } },
    },
  });
  // The watch on the providers asks at the start.
  await send(`${api.url}/health`);
  harness.devnet.requests.clear();
  const age = async () => Number(/^self_check_age_seconds\S* (\S+)$/m.exec(await metricsOf(api.url))?.[1]);
  await expect.poll(age).toBeGreaterThan(2);
  await expect.poll(age, { timeout: 10_000, interval: 200 }).toBeLessThan(2);
  expect((await ready()).status).toBe(200);
  expect(harness.devnet.requests.snapshot().total).toBe(0);

  const metrics = await metricsOf(api.url);
  expect(metrics).toMatch(/^self_check_passing\{network="cardano:preview"\} 1$/m);
  // These are not payments of callers.
  expect(metrics).not.toMatch(/^payment_verifications_total\{.*outcome="invalid"/m);
  expect(metrics).not.toMatch(/^script_evaluations_total\{outcome="satisfied"\} [1-9]/m);
});

async function metricsOf(url: string): Promise<string> {
  return (await fetch(`${url}/metrics`)).text();
}

describe.each([
  [
    'always refuses',
    { schemes: schemesWith({ read: () => refuse(`${INVALID}_unsigned`, 'as always') }) },
    `a good payment: expected accepted, found ${INVALID}_unsigned (as always)`,
  ],
  [
    'always accepts',
    { schemes: schemesWith({ read: acceptsAll }) },
    `a payment with a forged signature: expected ${INVALID}_invalid_signature, found accepted`,
  ],
  [
    'has a clock an hour ahead of the one that all share',
    { clock: () => Date.now() + 3_600_000 },
    `a good payment: expected accepted, found ${INVALID}_ttl_expired`,
  ],
  [
    'has a clock an hour behind it',
    { clock: () => Date.now() - 3_600_000 },
    `a good payment: expected accepted, found ${INVALID}_ttl_too_far`,
  ],
])('a verifier that %s', (_, options, message) => {
  test('leaves the load balancer, with what was expected and found; everything else is answered', async () => {
    const api = await apiWith(options);
    const { status, body } = await send(`${api.url}/ready`);
    expect(status).toBe(503);
    expect(body).toMatchObject({
      status: 'failing',
      selfCheck: { 'cardano:preview': { status: 'failing', message: expect.stringContaining(message) } },
    });
    expect((await send(`${api.url}/live`)).status).toBe(200);
    expect((await send(`${api.url}/health`)).status).toBe(200);
    expect(await metricsOf(api.url)).toMatch(/^self_check_passing\{network="cardano:preview"\} 0$/m);
    expect(api.log).toContainEqual(
      expect.objectContaining({
        level: 'error',
        message: 'the self-check fails: this replica takes no traffic',
      }),
    );
  });
});

test('without Redis a replica judges by its own clock, and is ready', async () => {
  const api = await startApi({ redisUrl: 'redis://127.0.0.1:9', chainUrl: harness.devnet.url });
  onTestFinished(() => api.close());
  expect((await send(`${api.url}/ready`)).status).toBe(200);
});

describe('what does not end', () => {
  const POLICY = {
    networks: new Set(['cardano:preview'] as const),
    graceBufferSeconds: 30,
    maxTimeoutSeconds: 3_600,
    feeMinLovelace: 150_000n,
    feeMaxLovelace: 5_000_000n,
    maxInputs: 256,
    ledger: 'full',
    acceptMempool: false,
  } as const;
  const NEVER = () => new Promise<never>(() => undefined);

  /** A self-check of one network, on a stopwatch that the test moves. */
  function checkOn(verifierOn: CheckedNetwork['verifierOn'], answerWithinMs = 10_000) {
    let ms = 0;
    const check = createSelfCheck({
      networks: [{ network: 'cardano:preview', policy: POLICY, scriptDeadlineMs: 500, verifierOn }],
      schemes: SUPPORTED_SCHEMES,
      sharedTime: async () => undefined,
      clock: Date.now,
      log: { info: vi.fn(), error: vi.fn() },
      stopwatch: () => ms,
      everyMs: 3_600_000,
      answerWithinMs,
    });
    onTestFinished(() => check.stop());
    return {
      ...check,
      report: () => check.reports()[0],
      advance: (by: number) => {
        ms += by;
      },
    };
  }

  /** The product's verifier, whose scripts run in this lane. */
  const withLane =
    (lane: Pick<ScriptLane, 'ask' | 'room'>, clock = Date.now): CheckedNetwork['verifierOn'] =>
    (chain) =>
      createVerifier({
        network: 'cardano:preview',
        schemes: SUPPORTED_SCHEMES,
        chain,
        policy: POLICY,
        clock,
        scripts: { lane, deadlineMs: 500 },
      });

  test('a replica whose first check has not ended is not ready', () => {
    const check = checkOn(() => NEVER);
    expect(check.report()).toMatchObject({ isPassing: false, ageSeconds: null });
  });

  test('a verifier that never answers is out after its time', async () => {
    const check = checkOn(() => NEVER, 50);
    await check.start();
    expect(check.report()).toMatchObject({
      isPassing: false,
      message: 'expected verdicts within 50 ms, found none',
    });
  });

  test('a verifier that throws is out', async () => {
    const check = checkOn(() => () => Promise.reject(new Error('broken')));
    await check.start();
    expect(check.report()?.message).toBe('expected a verdict, found an error: broken');
  });

  test('a check that is too old says nothing about now', async () => {
    const check = checkOn(
      withLane({ room: async () => true, ask: async (question) => ok(judgePhase2(question)) }),
    );
    await check.start();
    expect(check.report()).toMatchObject({ isPassing: true, ageSeconds: 0 });
    check.advance(15_000);
    expect(check.report()?.isPassing).toBe(true);
    check.advance(100);
    expect(check.report()).toMatchObject({
      isPassing: false,
      message: 'expected a self-check in the last 15 s, found the latest 15.1 s ago',
    });
    // The next one makes it ready again.
    await check.start();
    expect(check.report()?.isPassing).toBe(true);
  });

  test('a lane that is busy, or ends scripts at the deadline, is not a fault: strangers could make it so', async () => {
    for (const kind of ['busy', 'tooExpensive'] as const) {
      const check = checkOn(
        withLane({ room: async () => true, ask: async () => err({ kind, message: 'as always' }) }),
      );
      await check.start();
      await vi.waitFor(() => expect(check.report()?.isPassing).toBe(true));
    }
  });

  test('scripts that wait for longer than their TTL are not a fault', async () => {
    let nowMs = Date.now();
    let asked = 0;
    let unjudged = 0;
    let othersDone: Promise<void> | undefined;
    const verifierOn = withLane(
      {
        room: async () => true,
        async ask(question) {
          asked += 1;
          othersDone ??= vi.waitFor(() => expect([asked, unjudged]).toEqual([2, 2]));
          await othersDone;
          nowMs += 45_000;
          return ok(judgePhase2(question));
        },
      },
      () => nowMs,
    );
    const check = checkOn((chain) => async (...question) => {
      unjudged += 1;
      return verifierOn(chain)(...question).finally(() => {
        unjudged -= 1;
      });
    });
    await check.start();
    // Both were asked about: neither was refused for its TTL.
    await vi.waitFor(() => expect(nowMs - Date.now()).toBeGreaterThan(80_000));
    await new Promise((resolve) => setImmediate(resolve));
    expect(check.report()?.isPassing).toBe(true);
  });

  test('a lane that accepts a script that fails is out', async () => {
    const check = checkOn(
      withLane({ room: async () => true, ask: async () => ok({ kind: 'satisfied', scripts: [] }) }),
    );
    await check.start();
    await vi.waitFor(() =>
      expect(check.report()?.message).toBe(
        `a payment whose script fails: expected ${INVALID}_phase2_invalid, found accepted`,
      ),
    );
  });

  test('a lane that never answers is out after the longest time that one may take', async () => {
    const check = checkOn(withLane({ room: async () => true, ask: NEVER }));
    await check.start();
    expect(check.report()?.isPassing).toBe(true);
    check.advance(76_000);
    // Plain payments were checked since; scripts were not asked about again.
    await check.start();
    expect(check.report()).toMatchObject({
      isPassing: false,
      message: 'expected scripts to be answered within 75 s, found no answer for 76 s',
    });
  });
});
