import * as units from '@grafana/grafana-foundation-sdk/units';
import { type Figures, figures, type Graph, graph } from './description.js';
import { APP, OF_PROCESS, rate } from './promql.js';

/** Panels that more than one dashboard shows. */

export const providersUp = (width: number): Figures =>
  figures({
    title: 'Chain providers',
    description:
      'By their place in the configuration. Down: out of use, and `/health` says why. The next provider gets its calls.',
    runbook: 'alerts.md#a-chain-provider-is-down',
    unit: units.Short,
    width,
    words: { 0: { text: 'down', color: 'red' }, 1: { text: 'up', color: 'green' } },
    expr: `min by (provider) (rpc_provider_up{${APP}})`,
    legend: '{{provider}}',
  });

export const cacheHitRate = (width: number): Graph =>
  graph({
    title: 'Cache hit rate',
    runbook: 'alerts.md#a-cache-is-ineffective',
    description:
      'Share of lookups that a cache answered. Each other lookup is a call to a provider and counts against its quota.',
    unit: units.PercentUnit,
    width,
    max: 1,
    limits: { side: 'below', bad: 0.7 },
    expr: `sum by (cache) (${rate(`cache_hits_total{${APP}}`)}) / (sum by (cache) (${rate(`cache_hits_total{${APP}}`)}) + sum by (cache) (${rate(`cache_misses_total{${APP}}`)}))`,
    legend: '{{cache}}',
  });

/** @param job of the scrape configuration, as a regular expression. */
export const cpu = (job: string, width: number): Graph =>
  graph({
    title: 'CPU',
    runbook: 'alerts.md#a-container-is-short-of-cpu',
    description: 'Of each process; 100 % is one core, and a Node process rarely uses more.',
    unit: units.PercentUnit,
    width,
    limits: { side: 'above', bad: 0.8 },
    expr: `sum by (job, instance) (${rate(`process_cpu_seconds_total{${OF_PROCESS}, job=~"${job}"}`)})`,
    legend: '{{job}} {{instance}}',
  });

export const memory = (job: string, width: number): Graph =>
  graph({
    title: 'Memory',
    runbook: 'alerts.md#a-container-is-short-of-memory',
    description: 'Resident memory of each process. docker-compose.yml and deploy/k8s say what it may have.',
    unit: units.BytesIEC,
    width,
    expr: `sum by (job, instance) (process_resident_memory_bytes{${OF_PROCESS}, job=~"${job}"})`,
    legend: '{{job}} {{instance}}',
  });

export const eventLoopDelay = (job: string, width: number): Graph =>
  graph({
    title: 'Event loop delay, p99',
    description:
      'How late a process starts work that is due. It needs more replicas when this grows with the load.',
    unit: units.Seconds,
    width,
    limits: { side: 'above', bad: 0.5 },
    expr: `max by (job, instance) (nodejs_eventloop_lag_p99_seconds{${OF_PROCESS}, job=~"${job}"})`,
    legend: '{{job}} {{instance}}',
  });
