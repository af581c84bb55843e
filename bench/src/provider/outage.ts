import type { Devnet } from '@x402-facilitator/devnet';
import { waitUntil } from '@x402-facilitator/tools/processes';
import pMap from 'p-map';
import type { PreparedPayment } from '../payments/index.js';
import { percentile } from '../support/index.js';
import type { MeasuredFacilitator } from './facilitator.js';

export type OutageResult = {
  readonly kind: 'server errors' | '30 s time-outs' | 'connection refused';
  /** Of `/verify` with a chain read each, in milliseconds. */
  readonly p99BeforeMs: number;
  /** The slowest call until the breaker had opened. */
  readonly worstWhileOpeningMs: number;
  readonly p99AfterMs: number;
  readonly addedP99Ms: number;
  /** Verifications that were refused, in all phases together. */
  readonly refused: number;
  readonly settled: boolean;
};

const CONCURRENCY = 4;
const EVERY_CALL = { operation: '*', probability: 1, when: 'before' } as const;

const OUTAGES: readonly (readonly [OutageResult['kind'], (primary: Devnet) => unknown])[] = [
  ['server errors', ({ faults }) => faults.add({ ...EVERY_CALL, kind: 'status', status: 503 })],
  ['30 s time-outs', ({ faults }) => faults.add({ ...EVERY_CALL, kind: 'hang', ms: 30_000 })],
  // Last, because it cannot be undone.
  ['connection refused', (primary) => primary.close()],
];

/** Breaks the primary in each way, and measures how verifying and settling go on. */
export async function measureOutages(
  facilitator: MeasuredFacilitator,
  samples: number,
): Promise<readonly OutageResult[]> {
  const results: OutageResult[] = [];
  const payment = facilitator.sign();
  for (const [kind, breakPrimary] of OUTAGES) {
    facilitator.primary.faults.clear();
    await verifyUntil(facilitator, 'up', payment);
    const before = await verifyMany(facilitator, payment, samples);
    await breakPrimary(facilitator.primary);
    const opening = await verifyUntil(facilitator, 'down', payment);
    const after = await verifyMany(facilitator, payment, samples);
    const settled = await facilitator.settleOne().then(
      () => true,
      () => false,
    );
    results.push({
      kind,
      p99BeforeMs: p99(before),
      worstWhileOpeningMs: oneDecimal(Math.max(0, ...opening.map(({ ms }) => ms))),
      p99AfterMs: p99(after),
      addedP99Ms: oneDecimal(p99(after) - p99(before)),
      refused: [...before, ...opening, ...after].filter(({ isValid }) => !isValid).length,
      settled,
    });
  }
  return results;
}

type Verification = { readonly ms: number; readonly isValid: boolean };

type Health = {
  readonly dependencies: {
    readonly chain: Readonly<Record<string, { readonly providers: readonly { readonly state: string }[] }>>;
  };
};

/** Verifies until the API shows the primary in this state. */
async function verifyUntil(
  facilitator: MeasuredFacilitator,
  state: 'up' | 'down',
  payment: PreparedPayment,
): Promise<readonly Verification[]> {
  const all: Verification[] = [];
  await waitUntil(
    async () => {
      all.push(...(await verifyMany(facilitator, payment, CONCURRENCY)));
      const response = await fetch(`${facilitator.api}/health`);
      const { dependencies } = (await response.json()) as Health;
      return dependencies.chain[facilitator.stack.network]?.providers[0]?.state === state;
    },
    { what: `the primary to be ${state}`, timeoutMs: 60_000, everyMs: 100 },
  );
  return all;
}

function verifyMany(
  facilitator: MeasuredFacilitator,
  payment: PreparedPayment,
  count: number,
): Promise<readonly Verification[]> {
  const verify = async () => {
    const startedMs = performance.now();
    const { isValid } = await facilitator.post('/verify', payment);
    return { ms: performance.now() - startedMs, isValid: isValid === true };
  };
  return pMap(Array.from({ length: count }), verify, { concurrency: CONCURRENCY });
}

function p99(verifications: readonly Verification[]): number {
  const sorted = verifications.map(({ ms }) => ms).toSorted((a, b) => a - b);
  return oneDecimal(percentile(sorted, 0.99));
}

const oneDecimal = (ms: number) => Math.round(ms * 10) / 10;
