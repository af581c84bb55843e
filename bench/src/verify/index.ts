import type { EChartsOption } from 'echarts';
import type { Benchmark } from '../benchmark.js';
import {
  atLeast,
  atMost,
  barChart,
  LATENCY_COLUMNS,
  latencyCells,
  rounded,
  sum,
  type Target,
  table,
} from '../support/index.js';
import { EXTENTS, measureVerify, type VerifyFigures, type VerifyPoint } from './measure.js';
import type { Point } from './points.js';

/** How fast `/verify` is, and how much of it is work that cannot be left out. */
export const verify: Benchmark<VerifyFigures> = {
  name: 'verify',
  title: '`/verify`',
  async run(options) {
    const figures = await measureVerify(options);
    const { connections, rounds, roundMs } = EXTENTS[options.scale];
    const most = Math.max(...connections);
    const busiest = pointOf(figures, 'warm', 0, most);
    const bare = figures.bare.find((point) => point.connections === most);
    return {
      settings: {
        apis: 1,
        connections: connections.join(', '),
        rounds: `${rounds} of ${roundMs / 1000} s, the middle one kept`,
        cached:
          'warm: every parent in the process’s memory; cold: a parent of its own per payment, forgotten after 1 s',
        ledgerCheck: 'full',
        logging: 'info',
      },
      figures,
      ratios: {
        'warm throughput over the bare route': rounded(busiest.perSecond / (bare?.perSecond ?? 0)),
        'warm throughput over the irreducible work of one core': rounded(
          busiest.perSecond / figures.irreducible.perSecond,
        ),
      },
      targets: targetsOf(figures, most),
      tables: tablesOf(figures),
      chart: chartOf(figures),
    };
  },
};

function pointOf(
  { points }: VerifyFigures,
  cache: VerifyPoint['cache'],
  providerLatencyMs: number,
  connections: number,
): VerifyPoint {
  const found = points.find(
    (point) =>
      point.cache === cache &&
      point.providerLatencyMs === providerLatencyMs &&
      point.connections === connections,
  );
  if (found === undefined)
    throw new RangeError(
      `expected a point for ${cache}, ${providerLatencyMs} ms, ${connections} connections`,
    );
  return found;
}

/** What a cold verification takes beyond the provider's own answer, at the median of one connection. */
function addedToProvider(figures: VerifyFigures): { providerLatencyMs: number; addedMs: number }[] {
  return figures.providerRoundTrip.map(({ providerLatencyMs, p50Ms }) => ({
    providerLatencyMs,
    addedMs: rounded(pointOf(figures, 'cold', providerLatencyMs, 1).p50Ms - p50Ms),
  }));
}

function targetsOf(figures: VerifyFigures, most: number): Target[] {
  const busiest = pointOf(figures, 'warm', 0, most);
  const single = pointOf(figures, 'warm', 0, 1);
  const share = rounded((busiest.perSecond / figures.irreducible.perSecond) * 100);
  return [
    atLeast(`warm, ${most} connections`, 1_200, busiest.perSecond, '/s'),
    atLeast(`warm, ${most} connections, of the irreducible work’s rate`, 60, share, ' %'),
    atMost(`warm, ${most} connections, p99`, 100, busiest.p99Ms, ' ms'),
    atMost('warm, 1 connection, p99', 8, single.p99Ms, ' ms'),
    ...addedToProvider(figures).map(({ providerLatencyMs, addedMs }) =>
      atMost(
        `cold, 1 connection, p50 beyond the provider’s round trip (+ ${providerLatencyMs} ms)`,
        5,
        addedMs,
        ' ms',
      ),
    ),
  ];
}

function tablesOf(figures: VerifyFigures): string {
  const { points, bare, irreducible, providerRoundTrip } = figures;
  const rates = (point: Point) => [point.connections, point.perSecond, ...latencyCells(point)];
  const cores = ({ serverCores, generatorCores }: Point) => [serverCores, generatorCores];
  return `${table(
    [
      ...['cache', 'provider + ms', 'connections', 'per second', ...LATENCY_COLUMNS],
      ...['provider calls each', 'API, cores', 'generator, cores'],
    ],
    [
      ...points.map((point) => [
        ...[point.cache, point.providerLatencyMs, ...rates(point)],
        ...[point.providerCallsPerRequest, ...cores(point)],
      ]),
      ...bare.map((point) => ['bare route', '', ...rates(point), '', ...cores(point)]),
    ],
  )}

The bare route is Fastify with the same zod schema and a constant answer. A provider call of its own takes
${providerRoundTrip.map(({ providerLatencyMs, p50Ms }) => `${p50Ms} ms with ${providerLatencyMs} ms added`).join(', ')}; a cold verification takes
${addedToProvider(figures)
  .map(({ providerLatencyMs, addedMs }) => `${addedMs} ms more (+ ${providerLatencyMs} ms)`)
  .join(', ')} at the median of one connection.

### What cannot be left out

Per payment, in this process, one part after the other:

${table(
  ['part', 'µs'],
  [
    ['decode (base64, CBOR to fields)', irreducible.decodeMicros],
    ['transaction hash (blake2b-256)', irreducible.blake2bMicros],
    ['one signature (Ed25519, node:crypto)', irreducible.ed25519Micros],
    ['complete Conway ledger check', irreducible.ledgerMicros],
    ['together', irreducible.totalMicros],
  ],
)}

One core that did nothing else would check ${irreducible.perSecond} payments a second.

For scale, as the project’s issue reports them from a machine of this size with a zero-latency chain: the public TypeScript
reference behind bare Node HTTP answers 81 to 94 a second at 64 connections, with three provider calls each; another public
Cardano facilitator about 1 180 with one call each, checking neither inputs nor signatures. Neither runs a ledger check.
These two are quoted, not measured here.`;
}

function chartOf({ points, bare, irreducible, providerRoundTrip }: VerifyFigures): EChartsOption {
  const connections = bare.map((point) => point.connections);
  const situations = (['warm', 'cold'] as const).flatMap((cache) =>
    providerRoundTrip.map(({ providerLatencyMs }) => ({ cache, latency: providerLatencyMs })),
  );
  const ceiling = {
    symbol: 'none',
    data: [{ name: 'irreducible work, one core', yAxis: irreducible.perSecond }],
    label: { formatter: '{b}: {c}/s', position: 'insideEndTop' as const },
  };
  return barChart(
    connections.map((count) => `${count} connections`),
    ['verifications per second'],
    situations.map(({ cache, latency }, index) => ({
      name: `${cache}, provider + ${latency} ms`,
      data: connections.map((count) =>
        sum(
          points
            .filter((point) => point.cache === cache && point.providerLatencyMs === latency)
            .filter((point) => point.connections === count)
            .map(({ perSecond }) => perSecond),
        ),
      ),
      ...(index === 0 ? { markLine: ceiling } : {}),
    })),
  );
}
