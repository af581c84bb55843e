import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openArchive } from '@x402-facilitator/archive';
import { CHANNEL_VALIDATOR } from '@x402-facilitator/cardano/testing';
import { waitUntil } from '@x402-facilitator/tools/processes';
import { fundPayer } from '@x402-facilitator/tools/stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readText } from '../deploy/support/files.js';
import { type Exporter, exporterOrSkip, startExporter } from '../support/exporters.js';
import { prometheusOrSkip } from '../support/prometheus.js';
import { type PrometheusHandle, startPrometheus } from '../support/start-prometheus.js';
import { useStack } from '../support/use-stack.js';
import { DASHBOARDS } from './source/index.js';
import { queriesOf, readDashboard, substitute, variableQuery } from './support/dashboard.js';
import { type Day, liveThroughADay } from './support/day.js';
import { logQueries } from './support/log-queries.js';
import { jsonFields, type LogEntry, readLogql } from './support/logql.js';
import { createPromtail, dockerLine } from './support/promtail.js';

const programs = await prometheusOrSkip();
const redisExporter = await exporterOrSkip('redis');

/** A screening service that denies no one. */
const screening = createServer((_request, response) => {
  response.setHeader('content-type', 'application/json').end('{"denied":false}');
}).listen(0, '127.0.0.1');
await once(screening, 'listening');

/** An archive in a file, which begins empty. */
const archiveFolder = mkdtempSync(join(tmpdir(), 'x402-archive-'));
const archiveUrl = `sqlite:${join(archiveFolder, 'archive.db')}`;
const tables = await openArchive({
  ...{ url: archiveUrl, isReader: false, timeoutMs: 1_000, connections: 1, name: 'dashboards' },
});
await tables.migrate();
await tables.close();

/** Blocks come only on request, so that events between two blocks do not depend on timing. */
const stack = useStack({
  blockMs: 0,
  workers: 2,
  paywall: false,
  settings: {
    X402_CHAIN__BLOCKFROST__BUDGET__REQUESTS_PER_SECOND: '1000',
    X402_CHAIN__BLOCKFROST__BUDGET__BURST: '1000',
    X402_CHAIN__BLOCKFROST__BUDGET__PER_DAY: '1000000',
    X402_ARCHIVE__URL: archiveUrl,
    X402_DISCOVERY__ENABLED: 'true',
    X402_SCREENING__ENABLED: 'true',
    X402_SCREENING__SERVICE__URL: `http://127.0.0.1:${(screening.address() as AddressInfo).port}`,
    X402_WEBHOOKS__ENABLED: 'true',
    X402_WEBHOOKS__MASTER_SECRET: 'of-the-day-and-no-other-0123456789',
    X402_SPONSORSHIP__ENABLED: 'true',
    X402_SPONSORSHIP__POOL__CALLER_SHARE: '1',
    X402_CHAIN__VERIFICATION__SHADOW: '1',
    X402_BATCH_SETTLEMENT__SCRIPTS: JSON.stringify([CHANNEL_VALIDATOR.reference.hash]),
  },
});

let watching: PrometheusHandle | undefined;
let exporter: Exporter | undefined;
let day: Day;

beforeAll(async () => {
  if (redisExporter !== undefined)
    exporter = await startExporter(redisExporter, [
      `--redis.addr=redis://${new URL(stack().redis.url).host}`,
    ]);
  const labels = { app: 'x402-facilitator' };
  const payer = await fundPayer(stack(), { outputs: 12 });
  // Before the first scrape, which reads the balance. It is not read again for minutes.
  await stack().control.fund({ address: stack().walletAddress, lovelace: 300_000_000n });
  if (programs !== undefined)
    watching = await startPrometheus({
      prometheus: programs.prometheus,
      rules: Object.fromEntries(
        ['alerts.yml', 'recording.yml'].map((file) => [file, readText(`deploy/prometheus/${file}`)]),
      ),
      jobs: {
        'x402-api': stack().apis.map(({ url }) => ({ url, labels })),
        'x402-worker': stack().workers.map(({ url }) => ({ url, labels })),
        redis: exporter === undefined ? [] : [{ url: exporter.url, labels }],
      },
    });
  const seen = async (series: string, atLeast = 1) => {
    if (watching === undefined) return;
    const { query } = watching;
    await waitUntil(async () => (await query(series)).length >= atLeast, {
      what: `Prometheus to see ${series}`,
    });
  };
  // An increase needs an earlier sample.
  await seen('up == 1', exporter === undefined ? 3 : 4);
  day = await liveThroughADay(stack(), payer, seen);
});

afterAll(async () => {
  await watching?.stop();
  await exporter?.process.stop();
  screening.close();
  rmSync(archiveFolder, { recursive: true, force: true });
});

/** All values of a variable, as Grafana inserts them, and the shortest interval for graphs of some hours. */
const CHOSEN = { network: '.*', instance: '.*', __rate_interval: '5m' };

describe.skipIf(programs === undefined)('on a Prometheus with real data (skipped without Prometheus)', () => {
  const prometheus = () => {
    if (watching === undefined) throw new Error('Prometheus is not up yet');
    return watching;
  };

  describe.each(DASHBOARDS)('$name', ({ name }) => {
    const dashboard = readDashboard(name);

    it.each(dashboard.templating.list)('offers values of $name', async ({ query }) => {
      const { series, label } = variableQuery(query);
      const found = await prometheus().query(series);
      expect(found.map(({ labels }) => labels[label])).not.toContain(undefined);
      expect(found.length).toBeGreaterThan(0);
    });

    it.for(queriesOf(dashboard))('$panel shows something as $legend', async ({ expr, legend }, { skip }) => {
      if (exporter === undefined && expr.includes('redis_')) skip('needs prometheus-redis-exporter');
      const query = substitute(expr, CHOSEN);
      const found = await waitUntil(
        async () => {
          const shown = (await prometheus().query(query)).filter(({ value }) => Number.isFinite(value));
          return shown.length > 0 && shown;
        },
        { what: `${query} to be more than nothing` },
      );
      const named = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
      for (const { labels } of found) expect(Object.keys(labels)).toEqual(expect.arrayContaining(named));
      // Otherwise several lines of a graph would have the same name.
      const names = found.map(({ labels }) => named.map((label) => labels[label]).join());
      expect(new Set(names).size).toBe(names.length);
    });

    it('shows only the chosen network', async () => {
      const onNetwork = queriesOf(dashboard).filter(({ expr }) => expr.includes('$network'));
      expect(onNetwork.length).toBeGreaterThan(0);
      for (const { expr } of onNetwork) {
        const query = substitute(expr, { ...CHOSEN, network: 'cardano:mainnet' });
        expect(await prometheus().query(query), expr).toEqual([]);
      }
    });
  });

  it.each([
    ['overview', 'Error rate', {}],
    ['overview', 'Settlements, 24 h', { outcome: 'confirmed' }],
    ['overview', 'Settlements, 24 h', { outcome: 'failed' }],
    ['overview', 'Failures, 24 h', { reason: 'refused' }],
    ['overview', 'Payment volume, 24 h', { asset: 'ADA' }],
    ['overview', 'Payments judged', { outcome: 'invalid' }],
    ['overview', 'Another judge’s word', { agreement: 'agreed' }],
    ['overview', 'Cache hit rate', { cache: 'outputs' }],
    ['settlement', 'Unfinished settlements', { state: 'submitted' }],
    ['settlement', 'Retries', {}],
    ['settlement', 'Rollbacks', {}],
    ['settlement', 'Failures', { reason: 'refused' }],
    ['settlement', 'Time to confirm', {}],
    ['settlement', 'Open channels', {}],
    ['settlement', 'Locked in channels', { asset: 'ADA' }],
    ['chain-and-wallet', 'Error rate by provider', { provider: 'blockfrost' }],
    ['chain-and-wallet', 'Quota left', { provider: 'blockfrost' }],
    ['chain-and-wallet', 'Height of the tip', {}],
    ['chain-and-wallet', 'Balance', {}],
    ['chain-and-wallet', 'Pool', {}],
    ['chain-and-wallet', 'What sponsoring costs, 24 h', { kind: 'pool' }],
  ] as const)('%s: %s shows what has happened, with %o', async (name, panel, labels) => {
    const queries = queriesOf(readDashboard(name)).filter((it) => it.panel === panel);
    expect(queries.length).toBeGreaterThan(0);
    for (const { expr } of queries) {
      const query = substitute(expr, CHOSEN);
      await waitUntil(
        async () =>
          (await prometheus().query(query)).some(
            ({ labels: found, value }) =>
              value > 0 && Object.entries(labels).every(([label, wanted]) => found[label] === wanted),
          ),
        { what: `${query} to be above zero` },
      );
    }
  });
});

describe('the log queries of docs/operations/watch.md, on the lines of a real run behind deploy/loki/promtail.yml', () => {
  let entries: readonly LogEntry[];

  beforeAll(() => {
    const promtail = createPromtail();
    const { logDirectory } = stack();
    entries = readdirSync(logDirectory)
      .filter((file) => /^(api|worker)-\d+\.log$/.test(file))
      .flatMap((file) => readFileSync(join(logDirectory, file), 'utf8').trim().split('\n'))
      // Lines that Node itself writes are not ours.
      .filter((line) => line.startsWith('{'))
      .map((line) => promtail(dockerLine(line)));
  });

  it('every line gets its labels, and there are few of them', () => {
    expect(entries.length).toBeGreaterThan(50);
    const streams = new Set(entries.map(({ labels }) => JSON.stringify(labels)));
    for (const { labels } of entries)
      expect(Object.keys(labels)).toEqual(['app', 'service', 'tier', 'level']);
    expect(streams.size).toBeLessThanOrEqual(2 * 4);
  });

  it.each(logQueries())('%s', (query) => {
    const { keeps, fields } = readLogql(
      query
        .replace('TRANSACTION', day.transaction)
        .replace('REQUEST', day.reqId)
        .replace('TRACE', day.traceId)
        .replace('PAYER', day.payer)
        // The slowest answer of this day took one.
        .replace('> 5000', '> 1000'),
    );
    const kept = entries.filter(keeps);
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length).toBeLessThan(
      query.includes('count_over_time({') ? entries.length + 1 : entries.length,
    );
    const known = new Set(
      kept.flatMap(({ labels, line }) => Object.keys({ ...labels, ...jsonFields(line) })),
    );
    expect(fields.filter((field) => !known.has(field))).toEqual([]);
  });

  it('both tiers log a settlement’s steps', () => {
    const { keeps } = readLogql(`{service="x402-facilitator"} | json | transaction="${day.transaction}"`);
    const tiers = entries.filter(keeps).map(({ labels }) => labels.tier);
    expect(new Set(tiers)).toEqual(new Set(['api', 'worker']));
  });
});
