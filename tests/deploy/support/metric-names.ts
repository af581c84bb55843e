import { SUPPORTED_SCHEMES } from '@x402-facilitator/cardano';
import { createApiMetrics, createWorkerMetrics } from '@x402-facilitator/shared/telemetry';
import type { MetricsRegistry } from '@x402-facilitator/shared/testing';
import { readYaml } from './files.js';

/** The series that exist, with their possible labels. */
export type KnownMetrics = ReadonlyMap<string, ReadonlySet<string>>;

/** Labels that come from the scrape, not from the process. */
const OF_THE_TARGET = ['app', 'job', 'instance', 'namespace', 'pod', 'container', 'service', 'endpoint'];

/** Made by Prometheus itself. */
const OF_PROMETHEUS = ['up', 'ALERTS'];

/**
 * The series of other programs that our rules or dashboards use, as those programs document them.
 * tests/dashboards/exporters.test.ts checks the first two on the real programs. The others have no packages, so their
 * pages are named.
 */
export const FOREIGN_METRICS = {
  redis_exporter: [
    'redis_up',
    'redis_aof_enabled',
    'redis_aof_last_write_status',
    'redis_aof_last_bgrewrite_status',
    'redis_memory_used_bytes',
    'redis_memory_max_bytes',
    'redis_cpu_sys_seconds_total',
    'redis_cpu_user_seconds_total',
    'redis_start_time_seconds',
    'redis_connected_clients',
    'redis_commands_processed_total',
  ],
  node_exporter: ['node_filesystem_avail_bytes', 'node_filesystem_size_bytes', 'node_textfile_mtime_seconds'],
  /** github.com/google/cadvisor, docs/storage/prometheus.md */
  cadvisor: ['container_cpu_usage_seconds_total', 'container_memory_working_set_bytes'],
  /** github.com/kubernetes/kube-state-metrics, docs/metrics/workload/pod-metrics.md and cronjob-metrics.md */
  kube_state_metrics: [
    'kube_pod_container_resource_limits',
    'kube_pod_container_status_restarts_total',
    'kube_cronjob_status_last_successful_time',
    'kube_cronjob_created',
  ],
  /** kubernetes.io/docs/reference/instrumentation/metrics */
  kubelet: ['kubelet_volume_stats_used_bytes', 'kubelet_volume_stats_capacity_bytes'],
} as const;

/** The series of one registry: a histogram has three names. */
function seriesOf(registry: MetricsRegistry): readonly (readonly [string, readonly string[]])[] {
  return registry.getMetricsAsArray().flatMap((metric) => {
    // prom-client keeps the names of labels with each metric, but its typings do not show it.
    const labels = (metric as { readonly labelNames?: readonly string[] }).labelNames ?? [];
    return String(metric.type) === 'histogram'
      ? ['_bucket', '_sum', '_count'].map((suffix) => [`${metric.name}${suffix}`, [...labels, 'le']] as const)
      : [[metric.name, labels] as const];
  });
}

/** The series of both tiers, from their own registries. */
export function ownMetrics(): KnownMetrics {
  const build = { version: '0.0.0', schemes: SUPPORTED_SCHEMES };
  const known = new Map<string, Set<string>>();
  for (const { registry } of [createApiMetrics(build), createWorkerMetrics(build)])
    for (const [name, labels] of seriesOf(registry))
      known.set(name, new Set([...(known.get(name) ?? OF_THE_TARGET), ...labels]));
  return known;
}

/** Names that recording rules give. */
export function recordedNames(): readonly string[] {
  const { groups } = readYaml<{ groups: { rules: { record?: string }[] }[] }>(
    'deploy/prometheus/recording.yml',
  );
  return groups.flatMap(({ rules }) => rules.flatMap(({ record }) => record ?? []));
}

/** Every name that our expressions may use. */
export function knownNames(): ReadonlySet<string> {
  return new Set([
    ...ownMetrics().keys(),
    ...recordedNames(),
    ...OF_PROMETHEUS,
    ...Object.values(FOREIGN_METRICS).flat(),
  ]);
}
