import { type Stack, startStack } from '@x402-facilitator/tools/stack';
import type { RunOptions, Scale } from '../benchmark.js';
import { runLoad } from '../load/index.js';
import { openPaymentSigner, type PreparedPayment } from '../payments/index.js';
import { readProviderCalls, startBareServer, sum } from '../support/index.js';
import { type Irreducible, measureIrreducible } from './irreducible.js';
import { measurePoint, type Point, WARM_UP_REQUESTS, warmUp } from './points.js';

/** `/verify` of one API process in one situation. */
export type VerifyPoint = Point & {
  readonly cache: 'warm' | 'cold';
  /** Added by the devnet to every answer. */
  readonly providerLatencyMs: number;
  readonly providerCallsPerRequest: number;
};

export type VerifyFigures = {
  readonly points: readonly VerifyPoint[];
  /** A bare Fastify route that parses and validates the same body. */
  readonly bare: readonly Point[];
  readonly irreducible: Irreducible;
  /** Median of a provider's own answer to the lookup that a cold verification waits for, by added latency. */
  readonly providerRoundTrip: readonly { readonly providerLatencyMs: number; readonly p50Ms: number }[];
};

type Extent = {
  readonly connections: readonly number[];
  /** What the devnet adds to each of its answers. */
  readonly providerLatenciesMs: readonly number[];
  readonly rounds: number;
  readonly roundMs: number;
  /** What a process answers before it is measured for the first time, so that V8 has compiled what it runs. */
  readonly warmUpRequests: number;
  readonly warmPayments: number;
  /** So many that a run never meets what it has cached itself. */
  readonly coldPayments: number;
  readonly irreducibleMs: number;
};

export const EXTENTS: Readonly<Record<Scale, Extent>> = {
  full: {
    ...{ connections: [1, 16, 64], providerLatenciesMs: [0, 50] },
    ...{ rounds: 3, roundMs: 3_000, warmUpRequests: WARM_UP_REQUESTS },
    ...{ warmPayments: 500, coldPayments: 2_500, irreducibleMs: 2_000 },
  },
  quick: {
    ...{ connections: [1, 16, 64], providerLatenciesMs: [0, 50] },
    ...{ rounds: 1, roundMs: 700, warmUpRequests: 6_000 },
    ...{ warmPayments: 200, coldPayments: 700, irreducibleMs: 500 },
  },
  smoke: {
    ...{ connections: [1, 8], providerLatenciesMs: [0] },
    ...{ rounds: 1, roundMs: 100, warmUpRequests: 0 },
    ...{ warmPayments: 8, coldPayments: 16, irreducibleMs: 20 },
  },
};

/** As short as the configuration allows. After this time the cache is cold again. */
const COLD_TTL_SECONDS = 1;

/** Measures `/verify` of one API process against the work that cannot be left out. */
export async function measureVerify({ scale, announce }: RunOptions): Promise<VerifyFigures> {
  const extent = EXTENTS[scale];
  // Nothing is settled here: blocks and workers would only disturb.
  const stack = await startStack({ apis: 0, workers: 0, paywall: false, blockMs: 0 });
  try {
    announce('signing payments');
    const signer = await openPaymentSigner(stack, { outputs: extent.warmPayments });
    const warm = signer.sign(extent.warmPayments);
    const coldSigner = await openPaymentSigner(stack, { outputs: extent.coldPayments, ownParents: true });
    const cold = coldSigner.sign(extent.coldPayments);
    announce('what cannot be left out');
    const irreducible = await measureIrreducible(stack, signer.address, warm, extent.irreducibleMs);
    announce('a bare route');
    const bare = await measureBare(warm, extent);
    const lookups = cold.map(({ source }) => `/api/v0/txs/${source.txHash}/utxos`);
    const providerRoundTrip = [];
    for (const providerLatencyMs of extent.providerLatenciesMs) {
      announce(`the provider itself, + ${providerLatencyMs} ms`);
      await delayProvider(stack, providerLatencyMs);
      providerRoundTrip.push({ providerLatencyMs, p50Ms: await measureProvider(stack, lookups, extent) });
    }
    const points = [
      ...(await measureApi(stack, 'warm', { warm, payments: warm }, extent, announce)),
      ...(await measureApi(stack, 'cold', { warm, payments: cold }, extent, announce)),
    ];
    return { points, bare, irreducible, providerRoundTrip };
  } finally {
    await stack.stop();
  }
}

async function measureBare(payments: readonly PreparedPayment[], extent: Extent): Promise<Point[]> {
  const { url, process: server } = await startBareServer();
  try {
    const how = { url, pid: server.pid, payments, cycle: true };
    await warmUp(url, payments, extent.warmUpRequests);
    const points: Point[] = [];
    for (const connections of extent.connections)
      points.push(await measurePoint({ ...how, ...extent, connections }));
    return points;
  } finally {
    await server.stop();
  }
}

/** Median time of the lookup that a cold verification waits for, asked over one connection. */
async function measureProvider(stack: Stack, paths: readonly string[], extent: Extent): Promise<number> {
  const { latency } = await runLoad({
    ...{ url: new URL(stack.devnet.url).origin, requests: paths },
    expects: { status: 200, contains: '"outputs"' },
    ...{ connections: 1, warmUpMs: extent.roundMs / 3, durationMs: extent.roundMs, cycle: true },
  });
  return latency.p50Ms;
}

async function measureApi(
  stack: Stack,
  cache: VerifyPoint['cache'],
  { warm, payments }: Readonly<Record<'warm' | 'payments', readonly PreparedPayment[]>>,
  extent: Extent,
  announce: RunOptions['announce'],
): Promise<VerifyPoint[]> {
  const ttlSeconds = cache === 'warm' ? 3_600 : COLD_TTL_SECONDS;
  await delayProvider(stack, 0);
  const api = await stack.startApi({ X402_CHAIN__CACHE__UTXO_TTL_SECONDS: String(ttlSeconds) });
  const pause = cache === 'warm' ? {} : { pauseMs: COLD_TTL_SECONDS * 1_000 + 100 };
  const how = { url: api.url, pid: api.process.pid, payments, cycle: cache === 'warm', ...pause };
  await warmUp(api.url, warm, extent.warmUpRequests);
  const points: VerifyPoint[] = [];
  for (const providerLatencyMs of extent.providerLatenciesMs) {
    await delayProvider(stack, providerLatencyMs);
    for (const connections of extent.connections) {
      announce(`${cache}, provider + ${providerLatencyMs} ms, ${connections} connections`);
      const before = await countCalls(stack);
      const point = await measurePoint({ ...how, ...extent, connections });
      const providerCallsPerRequest = ((await countCalls(stack)) - before) / point.sent;
      points.push({
        ...point,
        cache,
        providerLatencyMs,
        providerCallsPerRequest: Math.round(providerCallsPerRequest * 100) / 100,
      });
    }
  }
  await api.process.stop();
  return points;
}

async function delayProvider({ control }: Stack, ms: number): Promise<void> {
  await control.clearFaults();
  if (ms > 0) await control.addFault({ operation: '*', kind: 'latency', ms });
}

async function countCalls(stack: Stack): Promise<number> {
  return sum(Object.values(await readProviderCalls(stack.devnet)));
}
