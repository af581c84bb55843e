import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadGoodConfig } from '@x402-facilitator/shared/testing';
import { ROOT } from '@x402-facilitator/tools/stack';
import type { Deployment } from 'kubernetes-models/apps/v1';
import { describe, expect, it } from 'vitest';
import { readText, readYaml } from './support/files.js';
import { hasKustomize, type KubernetesObject, kubernetesMistakes, kustomize } from './support/kubernetes.js';
import { leadsSomewhere } from './support/runbook.js';

const OVERLAYS = ['staging', 'production'] as const;
const TIERS = ['api', 'worker'] as const;

type Overlay = (typeof OVERLAYS)[number];

const rendered = new Map<Overlay, readonly KubernetesObject[]>();

function render(overlay: Overlay): readonly KubernetesObject[] {
  const known = rendered.get(overlay);
  if (known !== undefined) return known;
  const outcome = kustomize(`deploy/k8s/overlays/${overlay}`);
  if ('reason' in outcome) throw new Error(outcome.reason);
  rendered.set(overlay, outcome.objects);
  return outcome.objects;
}

function find<T = KubernetesObject>(overlay: Overlay, kind: string, name: string): T {
  const found = render(overlay).find((object) => object.kind === kind && object.metadata.name === name);
  if (found === undefined) throw new Error(`${overlay} has no ${kind} ${name}`);
  return found as T;
}

function podOf(overlay: Overlay, tier: (typeof TIERS)[number]) {
  const pod = find<Deployment>(overlay, 'Deployment', `x402-${tier}`).spec?.template?.spec;
  const container = pod?.containers[0];
  if (pod === undefined || container === undefined) throw new Error(`${overlay}: ${tier} has no container`);
  return { pod, container };
}

/** The version that images are tagged with. */
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };

describe.skipIf(!hasKustomize())('Kubernetes (skipped without kubectl 1.21 or later)', () => {
  describe.each(OVERLAYS)('%s', (overlay) => {
    it('renders, and every object is valid by the Kubernetes schemas', () => {
      const mistakes = render(overlay).flatMap((object) =>
        kubernetesMistakes(object).map((mistake) => `${object.kind} ${object.metadata.name}: ${mistake}`),
      );
      expect(mistakes).toEqual([]);
      expect(render(overlay).length).toBeGreaterThan(15);
    });

    it('puts everything into its own namespace, which is restricted', () => {
      const elsewhere = render(overlay).filter(
        ({ kind, metadata }) => kind !== 'Namespace' && metadata.namespace !== `x402-${overlay}`,
      );
      expect(elsewhere.map(({ metadata }) => metadata.name)).toEqual([]);
      expect(find(overlay, 'Namespace', `x402-${overlay}`).metadata.labels).toMatchObject({
        'pod-security.kubernetes.io/enforce': 'restricted',
      });
    });

    it.each(TIERS)(
      'replaces %s pods without ever having fewer, and keeps five releases for a roll-back',
      (tier) => {
        expect(find<Deployment>(overlay, 'Deployment', `x402-${tier}`).spec).toMatchObject({
          revisionHistoryLimit: 5,
          strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0 } },
        });
      },
    );

    it.each(TIERS)('runs the %s as an unprivileged user, with a read-only root', (tier) => {
      const { pod, container } = podOf(overlay, tier);
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: 1001,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(pod.automountServiceAccountToken).toBe(false);
      expect(container.resources).toMatchObject({ requests: { cpu: '250m' }, limits: {} });
      expect(container.image).toBe(`registry.example.com/x402-facilitator/${tier}:${version}`);
      for (const probe of [container.startupProbe, container.readinessProbe, container.livenessProbe])
        expect(probe?.httpGet?.path).toMatch(/^\/(live|ready|health)$/);
    });

    it('gives every pod more time to stop than its process takes', () => {
      const api = podOf(overlay, 'api');
      const waited = Number(api.container.lifecycle?.preStop?.exec?.command?.[1]);
      const [, shutdown = ''] = /SHUTDOWN_TIMEOUT_MS = ([\d_]+)/.exec(readText('apps/api/src/main.ts')) ?? [];
      const apiSeconds = Number(shutdown.replaceAll('_', '')) / 1000;
      expect(apiSeconds).toBeGreaterThan(0);
      expect(api.pod.terminationGracePeriodSeconds).toBeGreaterThan(waited + apiSeconds);

      const { worker } = configOf(overlay);
      // Closing connections, and delivering the last traces.
      const worst = worker.shutdownTimeoutMs / 1000 + 2 + 2;
      expect(podOf(overlay, 'worker').pod.terminationGracePeriodSeconds).toBeGreaterThan(worst);
    });

    it('mounts the wallet only into workers', () => {
      const holders = render(overlay).filter((object) => JSON.stringify(object).includes('x402-wallet'));
      expect(holders.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
        'Deployment x402-worker',
      ]);
      const names = podOf(overlay, 'api').container.env?.map(({ name }) => name) ?? [];
      expect(names.filter((name) => name.includes('FACILITATOR'))).toEqual([]);
    });

    it('holds no secret: operators provide them', () => {
      expect(render(overlay).filter(({ kind }) => kind === 'Secret')).toEqual([]);
    });

    it('denies all traffic that no policy names', () => {
      expect(find(overlay, 'NetworkPolicy', 'x402-default-deny').spec).toEqual({
        podSelector: { matchLabels: { 'app.kubernetes.io/part-of': 'x402-facilitator' } },
        policyTypes: ['Ingress', 'Egress'],
      });
      for (const tier of TIERS)
        expect(
          find<Deployment>(overlay, 'Deployment', `x402-${tier}`).spec?.template?.metadata?.labels,
        ).toMatchObject({ 'app.kubernetes.io/part-of': 'x402-facilitator' });
    });

    it('configures both tiers with valid settings', () => {
      expect(configOf(overlay).chain.network).toBe(overlay === 'production' ? 'Mainnet' : 'Preprod');
    });
  });

  it('production scales: the API on load, workers on the age of the queue', () => {
    expect(find('production', 'HorizontalPodAutoscaler', 'x402-api').spec).toMatchObject({
      scaleTargetRef: { kind: 'Deployment', name: 'x402-api' },
      minReplicas: 2,
    });
    expect(find('production', 'ScaledObject', 'x402-worker').spec).toMatchObject({
      scaleTargetRef: { name: 'x402-worker' },
      triggers: [
        { type: 'prometheus', metadata: { query: expect.stringContaining('queue_oldest_waiting_seconds') } },
      ],
    });
    for (const tier of TIERS) find('production', 'PodDisruptionBudget', `x402-${tier}`);
    for (const tier of TIERS) find('production', 'ServiceMonitor', `x402-${tier}`);
  });

  it('the overlay says by which label the operator finds rules and monitors, and where the runbook is', () => {
    const found = render('production').filter(({ apiVersion }) => apiVersion === 'monitoring.coreos.com/v1');
    expect(found.length).toBe(5);
    expect(found.filter(({ metadata }) => metadata.labels?.release !== 'kube-prometheus-stack')).toEqual([]);
    const settings = 'deploy/k8s/overlays/production/monitoring-settings.yaml';
    const { data } = readYaml<{ data: { runbookUrl: string } }>(settings);
    const links = JSON.stringify(find('production', 'PrometheusRule', 'x402-alerts')).match(
      /"runbook_url":"[^#"]*/g,
    );
    expect(new Set(links)).toEqual(new Set([`"runbook_url":"${data.runbookUrl}`]));
    expect(render('production').map(({ metadata }) => metadata.name)).not.toContain(
      'x402-monitoring-settings',
    );
  });

  it('an operator’s commands have a pod that needs no worker, with the same configuration and no wallet', () => {
    const spec = find<Deployment>('production', 'Deployment', 'x402-ops').spec?.template?.spec;
    const worker = podOf('production', 'worker');
    expect(spec?.containers[0]?.image).toBe(worker.container.image);
    expect(spec?.containers[0]?.command).toEqual(['sleep', 'infinity']);
    const own = ['X402_WORKER__METRICS_PORT', 'X402_CHAIN__FACILITATOR__SEED_PHRASE_FILE'];
    expect(spec?.containers[0]?.env).toEqual(worker.container.env?.filter(({ name }) => !own.includes(name)));
  });

  it('Redis is copied every day at 04:00 UTC, and a restore never runs by itself', () => {
    expect(find('production', 'CronJob', 'x402-backup').spec).toMatchObject({
      schedule: '0 4 * * *',
      timeZone: 'Etc/UTC',
      concurrencyPolicy: 'Forbid',
    });
    expect(find('production', 'CronJob', 'x402-restore').spec).toMatchObject({ suspend: true });
    // Redis takes connections from the pods that need it alone.
    expect(JSON.stringify(find('production', 'NetworkPolicy', 'x402-redis-ingress').spec)).toContain(
      JSON.stringify(['x402-api', 'x402-worker', 'x402-ops', 'x402-backup']),
    );
  });

  it('a key that Kubernetes does not know is found, and so is a value of the wrong type', () => {
    const worker = structuredClone(find<Deployment>('staging', 'Deployment', 'x402-worker'));
    const template = worker.spec?.template;
    Object.assign(template?.spec ?? {}, { terminationGraceSeconds: 5 });
    expect(kubernetesMistakes(worker as KubernetesObject)).toEqual([
      '/spec/template/spec/terminationGraceSeconds is not in the schema',
    ]);
    Object.assign(worker.spec ?? {}, { revisionHistoryLimit: 'five' });
    expect(kubernetesMistakes(worker as KubernetesObject).join()).toContain('revisionHistoryLimit');
  });
});

/** The configuration that a tier makes of the overlay's file, with the secrets that an operator provides. */
function configOf(overlay: Overlay) {
  const { network } = JSON.parse(readText(`deploy/k8s/overlays/${overlay}/config.json`)).chain as {
    network: string;
  };
  return loadGoodConfig({
    env: {
      X402_CONFIG: 'config.json',
      X402_ENV: 'production',
      X402_CHAIN__BLOCKFROST__PROJECT_ID: `${network.toLowerCase()}abc`,
      ...(overlay === 'production' ? { MAINNET: 'true' } : {}),
    },
    readFile: (path) => readText(`deploy/k8s/overlays/${overlay}/${path}`),
    tier: 'api',
  }).config;
}

/** A file of rules, as the object that the operator of Kubernetes reads. */
function prometheusRule(name: string): string {
  const indented = readText(`deploy/prometheus/${name}.yml`)
    .trimEnd()
    .replace(/^(?=.)/gm, '  ');
  return `# Written from deploy/prometheus/${name}.yml by tests/deploy/kubernetes.test.ts: change that file.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: { name: x402-${name} }
spec:
${indented}
`;
}

describe('the rules of Prometheus', () => {
  type Rules = {
    readonly groups: readonly {
      readonly rules: readonly {
        readonly alert?: string;
        readonly annotations?: { readonly runbook_url?: string };
      }[];
    }[];
  };
  const alerts = readYaml<Rules>('deploy/prometheus/alerts.yml');

  it('are the same for the Prometheus operator of Kubernetes as for Prometheus itself (vitest -u writes them)', async () => {
    await expect(
      ['alerts', 'recording'].map((name) => prometheusRule(name)).join('---\n'),
    ).toMatchFileSnapshot(join(ROOT, 'deploy/k8s/components/monitoring/prometheus-rule.yaml'));
  });

  it('link to a heading of the runbook for the person who is paged', () => {
    const urls = alerts.groups.flatMap(({ rules }) =>
      rules
        .filter(({ alert }) => alert !== undefined)
        .map(({ annotations }) => annotations?.runbook_url ?? ''),
    );
    expect(urls.length).toBeGreaterThan(0);
    const headings = urls.map(
      (url) => /^https:\/\/[^#]+\/(docs\/operations\/alerts\.md#.+)$/.exec(url)?.[1] ?? '',
    );
    expect(headings.filter((link) => !link.includes('#') || !leadsSomewhere(link))).toEqual([]);
  });
});
