import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ManagedProcess, onFreePort, startProcess, waitUntil } from '@x402-facilitator/tools/processes';
import { ROOT } from '@x402-facilitator/tools/stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readText, readYaml } from '../deploy/support/files.js';
import { programsOrSkip } from '../support/or-skip.js';
import { prometheusOrSkip } from '../support/prometheus.js';
import { type PrometheusHandle, startPrometheus } from '../support/start-prometheus.js';
import { alertRules } from './support/rule-files.js';
import { shortenRules } from './support/shorten.js';

const CONFIGURATION = 'deploy/alertmanager/alertmanager.yml';
const RECEIVERS: Readonly<Record<string, string>> = {
  REPLACE_WITH_THE_URL_THAT_PAGES_SOMEONE: 'on-call',
  REPLACE_WITH_THE_URL_OF_THE_TEAM: 'team',
  REPLACE_WITH_THE_URL_OF_A_CHANNEL: 'channel',
  REPLACE_WITH_THE_URL_OF_A_DEAD_MANS_SWITCH: 'watchdog',
};

type Inhibition = { readonly source_matchers: string[]; readonly target_matchers: string[] };
const { inhibit_rules } = readYaml<{ inhibit_rules: Inhibition[] }>(CONFIGURATION);

it('inhibits and routes only by alerts that exist', () => {
  const matchers = inhibit_rules.flatMap((rule) => [...rule.source_matchers, ...rule.target_matchers]);
  const named = matchers.flatMap((matcher) => matcher.match(/X402\w+/g) ?? []);
  expect(named.length).toBeGreaterThan(15);
  expect(named.filter((name) => !alertRules().has(name))).toEqual([]);
  expect(readText('deploy/prometheus/prometheus.yml')).toContain('targets: ["alertmanager:9093"]');
});

const prometheusPrograms = await prometheusOrSkip();
const ownPrograms = await programsOrSkip(
  [['prometheus-alertmanager', 'alertmanager'], ['amtool']],
  'prometheus-alertmanager',
);
const programs =
  prometheusPrograms === undefined || ownPrograms === undefined
    ? undefined
    : { prometheus: prometheusPrograms.prometheus, alertmanager: ownPrograms[0], amtool: ownPrograms[1] };

type Notification = {
  readonly receiver: string;
  readonly alerts: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  }[];
};

/** What the system says: Redis is nearly full, two records cannot be read, and blocks leave the chain. */
let rollbacks = 0;
const METRICS = () => `redis_up 1
redis_memory_used_bytes 97
redis_memory_max_bytes 100
settlement_records_unreadable{network="cardano:mainnet"} 2
chain_rollbacks_total{network="cardano:mainnet"} ${rollbacks++}
`;

describe.skipIf(programs === undefined)('Alertmanager (skipped without it or Prometheus)', () => {
  const notifications: Notification[] = [];
  const directory = mkdtempSync(join(tmpdir(), 'x402-alertmanager-'));
  let web: Server;
  let alertmanager: { readonly url: string; readonly process: ManagedProcess };
  let prometheus: PrometheusHandle;

  beforeAll(async () => {
    web = createServer((request, response) => {
      if (request.method === 'GET') {
        response.end(METRICS());
        return;
      }
      let body = '';
      request.on('data', (part) => {
        body += part;
      });
      request.on('end', () => {
        notifications.push({ ...JSON.parse(body), receiver: request.url?.slice(1) ?? '' });
        response.end();
      });
    }).listen(0, '127.0.0.1');
    await waitUntil(async () => web.listening, { what: 'the web server' });
    const webUrl = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;

    // The file of the deployment, with its receivers filled in; a minute lasts a second.
    const filled = readText(CONFIGURATION)
      .replace(/REPLACE_WITH_\w+(?=[,\s])/g, (name) =>
        RECEIVERS[name] ? `"${webUrl}/${RECEIVERS[name]}"` : name,
      )
      .replace(/\b(\d+)m$/gm, '$1s')
      .replace(/\b(?:30|15)s$/gm, '500ms');
    const file = join(directory, 'alertmanager.yml');
    writeFileSync(file, filled);
    alertmanager = await onFreePort(async (port) => {
      const url = `http://127.0.0.1:${port}`;
      const process = await startProcess({
        name: 'Alertmanager',
        command: programs?.alertmanager ?? '',
        args: [
          `--config.file=${file}`,
          `--storage.path=${join(directory, 'data')}`,
          `--web.listen-address=127.0.0.1:${port}`,
          '--cluster.listen-address=',
          '--log.level=warn',
        ],
        ready: { kind: 'http', url: `${url}/-/ready` },
      });
      return { url, process };
    });
    prometheus = await startPrometheus({
      prometheus: programs?.prometheus ?? '',
      jobs: {
        redis: [{ url: webUrl, labels: { app: 'x402-facilitator' } }],
        'x402-worker': [{ url: webUrl }],
        'x402-api': [{ url: webUrl }],
      },
      rules: { 'recording.yml': shortenRules('recording.yml'), 'alerts.yml': shortenRules('alerts.yml') },
      alertmanager: new URL(alertmanager.url).host,
      intervalMs: 1_000,
    });
  });

  afterAll(async () => {
    await prometheus?.stop();
    await alertmanager?.process.stop();
    web?.close();
    web?.closeAllConnections();
    rmSync(directory, { recursive: true, force: true });
  });

  /** The first notification of an alert, and who got it. */
  const arrived = (name: string) =>
    waitUntil(
      async () =>
        notifications
          .flatMap(({ receiver, alerts }) => alerts.map((alert) => ({ receiver, ...alert })))
          .find(({ labels }) => labels.alertname === name),
      { what: `${name} to arrive` },
    );

  it('refuses to start while a receiver is a placeholder', () => {
    const { status, stdout, stderr } = spawnSync(
      programs?.amtool ?? '',
      ['check-config', join(ROOT, CONFIGURATION)],
      { encoding: 'utf8' },
    );
    expect(status, stdout).not.toBe(0);
    expect(stdout + stderr).toMatch(/unsupported scheme/);
  });

  it('tells each severity to its receiver, with the value in words and an absolute link', async () => {
    expect(await arrived('X402RedisMemoryCritical')).toMatchObject({
      receiver: 'on-call',
      annotations: {
        description: 'Redis uses 97% of its memory',
        runbook_url: expect.stringMatching(/^https:\/\/.+#redis-runs-out-of-memory$/),
      },
    });
    expect(await arrived('X402SettlementRecordUnreadable')).toMatchObject({
      receiver: 'team',
      annotations: { description: '2 records of cardano:mainnet are set aside' },
    });
    expect(await arrived('X402Rollback')).toMatchObject({ receiver: 'channel' });
  });

  it('does not tell what follows from another alert', async () => {
    await arrived('X402RedisMemoryCritical');
    const inhibited = await waitUntil(
      async () => {
        const answer = await fetch(`${alertmanager.url}/api/v2/alerts`);
        const alerts = (await answer.json()) as {
          labels: Record<string, string>;
          status: { state: string; inhibitedBy: string[] };
        }[];
        return alerts.find(({ labels }) => labels.alertname === 'X402RedisMemoryHigh');
      },
      { what: 'X402RedisMemoryHigh to fire' },
    );
    expect(inhibited.status).toMatchObject({ state: 'suppressed', inhibitedBy: [expect.any(String)] });
    const told = notifications.flatMap(({ alerts }) => alerts.map(({ labels }) => labels.alertname));
    expect(told).not.toContain('X402RedisMemoryHigh');
  });

  it('calls the dead man’s switch again and again, and no one else with it', async () => {
    const calls = () =>
      notifications.filter(({ alerts }) => alerts.some(({ labels }) => labels.alertname === 'X402Watchdog'));
    await waitUntil(async () => calls().length >= 3, { what: 'three calls' });
    expect(new Set(calls().map(({ receiver }) => receiver))).toEqual(new Set(['watchdog']));
  });
});

it('the Prometheus of compose puts the address of the runbook into every alert', () => {
  const rendered = mkdtempSync(join(tmpdir(), 'x402-rules-'));
  writeFileSync(join(rendered, 'prometheus'), '#!/bin/sh\n', { mode: 0o755 });
  const start = (RUNBOOK_URL: string) =>
    spawnSync('sh', [join(ROOT, 'deploy/prometheus/start.sh')], {
      encoding: 'utf8',
      env: {
        PATH: `${rendered}:${process.env.PATH}`,
        CONFIG_DIR: join(ROOT, 'deploy/prometheus'),
        RENDERED_DIR: rendered,
        RUNBOOK_URL,
      },
    });
  try {
    expect(start('https://wiki.example.org/x402/alerts').status).toBe(0);
    const text = spawnSync('cat', [join(rendered, 'alerts.yml')], { encoding: 'utf8' }).stdout;
    const links = text.match(/runbook_url: .*/g) ?? [];
    expect(links).toHaveLength(alertRules().size);
    expect(
      links.filter((link) => !link.startsWith('runbook_url: https://wiki.example.org/x402/alerts#')),
    ).toEqual([]);
    expect(start('a|b').status).toBe(1);
  } finally {
    rmSync(rendered, { recursive: true, force: true });
  }
});
