import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CONFIG_KEYS } from '@x402-facilitator/shared/testing';
import { ROOT } from '@x402-facilitator/tools/stack';
import { describe, expect, it } from 'vitest';
import { prometheusOrSkip } from '../support/prometheus.js';
import { readCompose, serviceOf } from './support/compose.js';
import { readYaml } from './support/files.js';

type Prometheus = {
  readonly rule_files: readonly string[];
  readonly scrape_configs: readonly {
    readonly job_name: string;
    readonly dns_sd_configs?: readonly { readonly names: readonly string[]; readonly port: number }[];
    readonly static_configs?: readonly { readonly targets: readonly string[] }[];
  }[];
};

const programs = await prometheusOrSkip();

const compose = readCompose();
const prometheus = readYaml<Prometheus>('deploy/prometheus/prometheus.yml');

describe('the monitoring of a compose deployment', () => {
  it('scrapes services that exist, at their configured ports', () => {
    const found = prometheus.scrape_configs.flatMap(({ dns_sd_configs = [] }) => dns_sd_configs);
    const ports = Object.fromEntries(
      found.flatMap(({ names, port }) => names.map((name) => [name, String(port)])),
    );
    expect(ports).toEqual({
      api: serviceOf(compose, 'api').environment?.X402_METRICS__PORT,
      'api-2': serviceOf(compose, 'api-2').environment?.X402_METRICS__PORT,
      worker: serviceOf(compose, 'worker').environment?.X402_WORKER__METRICS_PORT,
    });
    const hosts = prometheus.scrape_configs
      .flatMap(({ static_configs = [] }) => static_configs.flatMap(({ targets }) => targets))
      .map((target) => target.split(':')[0] ?? '')
      .filter((host) => host !== '127.0.0.1');
    expect(hosts.filter((host) => !(host in compose.services))).toEqual([]);
  });

  it('sets only settings that exist', () => {
    const names = new Set(CONFIG_KEYS.flatMap(({ envName }) => [envName, `${envName}_FILE`]));
    const set = Object.values(compose.services).flatMap(({ environment = {} }) => Object.keys(environment));
    const ours = set.filter((name) => name.startsWith('X402_'));
    expect(ours.length).toBeGreaterThan(8);
    expect(ours.filter((name) => !names.has(name))).toEqual([]);
  });

  it('gives Grafana sources that are services of the same network', () => {
    const { datasources } = readYaml<{ datasources: { uid: string; url: string }[] }>(
      'deploy/grafana/provisioning/datasources/datasources.yml',
    );
    expect(datasources.map(({ uid }) => uid)).toEqual(['prometheus', 'loki']);
    for (const { url } of datasources) {
      const networks = serviceOf(compose, new URL(url).hostname).networks ?? [];
      expect(networks).toContain('monitoring');
    }
  });

  it('sends logs to the Loki of the deployment', () => {
    const { clients } = readYaml<{ clients: { url: string }[] }>('deploy/loki/promtail.yml');
    const { server } = readYaml<{ server: { http_listen_port: number } }>('deploy/loki/loki.yml');
    expect(clients.map(({ url }) => new URL(url).host)).toEqual([`loki:${server.http_listen_port}`]);
  });

  it('has a Promtail by Docker’s socket beside it, with the labels app, container, level and traceId', () => {
    const { scrape_configs, clients } = readYaml<{
      scrape_configs: readonly {
        docker_sd_configs: readonly { host: string }[];
        relabel_configs: readonly { source_labels: string[]; target_label: string }[];
        pipeline_stages: readonly { labels?: object; json?: { expressions: Record<string, string> } }[];
      }[];
      clients: readonly { url: string }[];
    }>('deploy/loki/promtail-docker-sd.yml');
    const [scrape] = scrape_configs;
    expect(scrape?.docker_sd_configs[0]?.host).toBe('unix:///var/run/docker.sock');
    expect(scrape?.relabel_configs.map(({ target_label }) => target_label)).toEqual(['container', 'app']);
    expect(scrape?.pipeline_stages.flatMap(({ labels = {} }) => Object.keys(labels))).toEqual([
      'level',
      'traceId',
    ]);
    expect(clients).toEqual(readYaml<{ clients: object[] }>('deploy/loki/promtail.yml').clients);
    // The label `app` is Docker's: compose gives it to both tiers.
    for (const name of ['api', 'api-2', 'worker'])
      expect(serviceOf(compose, name).labels).toEqual({ app: 'x402-facilitator' });
  });

  it.skipIf(programs === undefined)(
    'is accepted by Prometheus itself, with all rules (skipped without promtool)',
    () => {
      const { status, stdout, stderr } = spawnSync(
        programs?.promtool ?? '',
        ['check', 'config', join(ROOT, 'deploy/prometheus/prometheus.yml')],
        { encoding: 'utf8' },
      );
      expect(status, stdout + stderr).toBe(0);
      const files = readdirSync(join(ROOT, 'deploy/prometheus')).filter(
        (name) => name.endsWith('.yml') && name !== 'prometheus.yml',
      );
      expect(prometheus.rule_files.toSorted()).toEqual(files.toSorted());
      for (const file of files) expect(stdout).toContain(`${file}\n  SUCCESS`);
    },
  );
});
