import type { PaymentRequest } from '@x402-facilitator/cardano';
import { DEAR_SCRIPT, HOSTILE_SCRIPTS, spending } from '@x402-facilitator/cardano/testing';
import pMap from 'p-map';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { worldOf } from './support/devnet-payments.js';
import { type Harness, post, type RunningApi, send, startHarness } from './support/index.js';

const SMALL = { memory: 100_000, steps: 100_000_000 };
const LARGEST = { memory: 13_900_000, steps: 9_900_000_000 };
const SCRIPT_FAILED = 'invalid_exact_cardano_payload_phase2_invalid';
const TOO_EXPENSIVE = 'invalid_exact_cardano_payload_script_too_expensive';
const COME_AGAIN = 'exact_cardano_facilitator_script_check_unavailable';
const SCRIPTS = Object.entries(HOSTILE_SCRIPTS);

let harness: Harness;
let api: RunningApi;
beforeAll(async () => {
  harness = await startHarness();
  api = await harness.startApi();
});
afterAll(() => harness.close());

async function hostile(
  script: (typeof SCRIPTS)[number][1],
  budget: Parameters<typeof spending>[1],
): Promise<PaymentRequest> {
  return harness.pay(await spending(script, budget)(worldOf(harness.devnet)));
}

async function verify(payment: PaymentRequest) {
  const { status, body } = await post(`${api.url}/verify`, { x402Version: 2, ...payment });
  return { status, body };
}

function isRetryable({ extra }: Record<string, unknown>): boolean {
  return typeof extra === 'object' && extra !== null && 'retryable' in extra && extra.retryable === true;
}

test.each(SCRIPTS)('a script that %s is refused, and costs nothing but its budget', async (_, script) => {
  for (const budget of [SMALL, LARGEST]) {
    const { status, body } = await verify(await hostile(script, budget));
    expect(status).toBe(200);
    expect(body).toMatchObject({ isValid: false });
    expect(isRetryable(body)).toBe(false);
    expect([SCRIPT_FAILED, TOO_EXPENSIVE]).toContain(body.invalidReason);
  }
});

test('what cannot be judged within the deadline is refused with a code of its own, for good', async () => {
  const impatient = await harness.startApi({ X402_CHAIN__VERIFICATION__SCRIPT_DEADLINE_MS: '50' });
  const payment = await hostile(DEAR_SCRIPT, LARGEST);
  const { body } = await post(`${impatient.url}/verify`, { x402Version: 2, ...payment });
  expect(body).toMatchObject({ isValid: false, invalidReason: TOO_EXPENSIVE });
  expect(isRetryable(body)).toBe(false);
  const metrics = await (await fetch(`${impatient.url}/metrics`)).text();
  // More than one where the machine is so slow that scripts of the self-check take as long.
  expect(metrics).toMatch(/^script_threads_replaced_total [1-9]\d*$/m);
  expect(metrics).toMatch(/^script_evaluations_total\{outcome="too_expensive"\} 1$/m);
});

test('200 hostile payments at once are all answered, and plain ones beside them are accepted', async () => {
  const payments = await pMap(
    Array.from({ length: 200 }, (_, index) => SCRIPTS[index % SCRIPTS.length]?.[1] ?? DEAR_SCRIPT),
    (script) => hostile(script, SMALL),
    { concurrency: 20 },
  );
  const plain = await pMap(Array.from({ length: 20 }), () => harness.pay(), { concurrency: 10 });
  const [answers, beside] = await Promise.all([
    Promise.all(payments.map(verify)),
    pMap(plain, verify, { concurrency: 2 }),
  ]);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  for (const { body } of answers)
    expect([SCRIPT_FAILED, TOO_EXPENSIVE, COME_AGAIN]).toContain(body.invalidReason);
  for (const { body } of answers) expect(isRetryable(body)).toBe(body.invalidReason === COME_AGAIN);
  expect(beside.map(({ body }) => body.isValid)).toEqual(plain.map(() => true));
  expect((await send(`${api.url}/live`)).status).toBe(200);
});
