import type { Devnet } from '@x402-facilitator/devnet';
import { waitUntil } from '@x402-facilitator/tools/processes';
import type { MeasuredFacilitator } from '../support/facilitator.js';
import { settleOne } from './cost.js';

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

type Fault = Parameters<Devnet['faults']['add']>[0];

const OUTAGES: readonly (readonly [OutageResult['kind'], (primary: Devnet) => Promise<void> | void])[] = [
  [
    'server errors',
    (primary) =>
      fault(primary, { operation: '*', probability: 1, kind: 'status', status: 503, when: 'before' }),
  ],
  [
    '30 s time-outs',
    (primary) => fault(primary, { operation: '*', probability: 1, kind: 'hang', when: 'before', ms: 30_000 }),
  ],
  // Last: nobody listens there again.
  ['connection refused', (primary) => primary.close()],
];

function fault({ faults }: Devnet, spec: Fault): void {
  faults.add(spec);
}

/** Breaks the primary in each way, and watches what verifying and settling make of it. */
export async function measureOutages(
  facilitator: MeasuredFacilitator,
  samples: number,
): Promise<readonly OutageResult[]> {
  const results: OutageResult[] = [];
  const { request } = await facilitator.pay();
  for (const [kind, breakIt] of OUTAGES) {
    facilitator.primary.faults.clear();
    await primaryIs(facilitator, ['up'], request);
    const before = await verifyMany(facilitator, request, samples);
    await breakIt(facilitator.primary);
    const opening = await primaryIs(facilitator, ['down'], request);
    const after = await verifyMany(facilitator, request, samples);
    const settled = await settleOne(facilitator).then(
      () => true,
      () => false,
    );
    results.push({
      kind,
      p99BeforeMs: p99(before.durations),
      worstWhileOpeningMs: round(Math.max(0, ...opening.durations)),
      p99AfterMs: p99(after.durations),
      addedP99Ms: round(p99(after.durations) - p99(before.durations)),
      refused: before.refused + opening.refused + after.refused,
      settled,
    });
  }
  return results;
}

type Verifications = { readonly durations: number[]; refused: number };

/** Verifies until the API shows the primary in one of the states. */
async function primaryIs(
  facilitator: MeasuredFacilitator,
  states: readonly string[],
  request: object,
): Promise<Verifications> {
  const all: Verifications = { durations: [], refused: 0 };
  await waitUntil(
    async () => {
      const some = await verifyMany(facilitator, request, CONCURRENCY);
      all.durations.push(...some.durations);
      all.refused += some.refused;
      const response = await fetch(`${facilitator.api}/health`);
      const { dependencies } = (await response.json()) as Health;
      const state = dependencies.chain[facilitator.stack.network]?.providers[0]?.state;
      return state !== undefined && states.includes(state);
    },
    { what: `the primary to be ${states.join(' or ')}`, timeoutMs: 60_000, everyMs: 100 },
  );
  return all;
}

type Health = {
  readonly dependencies: {
    readonly chain: Readonly<Record<string, { readonly providers: readonly { readonly state: string }[] }>>;
  };
};

async function verifyMany(
  facilitator: MeasuredFacilitator,
  request: object,
  count: number,
): Promise<Verifications> {
  const result: Verifications = { durations: [], refused: 0 };
  let left = count;
  const work = async () => {
    while (left > 0) {
      left -= 1;
      const startedAt = performance.now();
      const { isValid } = await facilitator.post('/verify', request);
      result.durations.push(performance.now() - startedAt);
      if (isValid !== true) result.refused += 1;
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return result;
}

function p99(durations: readonly number[]): number {
  const sorted = durations.toSorted((a, b) => a - b);
  return round(sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0);
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
