import * as units from '@grafana/grafana-foundation-sdk/units';
import { type Figures, figures, type Graph, graph } from './description.js';
import { APP, OF_PROCESS, rate } from './promql.js';

/** Panels that more than one dashboard shows. */

export const providersUp = (width: number): Figures =>
  figures({
    title: 'Chain providers',
    description:
      'In the order of the configuration. `down` means that the provider has failed: `/health` shows why, and calls go to the next provider meanwhile.',
    runbook: 'a-chain-provider-is-down',
    unit: units.Short,
    width,
    words: { 0: { text: 'down', color: 'red' }, 1: { text: 'up', color: 'green' } },
    expr: `min by (provider) (rpc_provider_up{${APP}})`,
    legend: '{{provider}}',
  });

export const cacheHitRate = (width: number): Graph =>
  graph({
    title: 'Cache hit rate',
    runbook: 'a-cache-is-ineffective',
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
    runbook: 'a-container-is-short-of-cpu',
    description: 'Each process. 100 % is one core; a Node process uses little more.',
    unit: units.PercentUnit,
    width,
    limits: { side: 'above', bad: 0.8 },
    expr: `sum by (job, instance) (${rate(`process_cpu_seconds_total{${OF_PROCESS}, job=~"${job}"}`)})`,
    legend: '{{job}} {{instance}}',
  });

export const memory = (job: string, width: number): Graph =>
  graph({
    title: 'Memory',
    runbook: 'a-container-is-short-of-memory',
    description: 'Resident memory of each process. docker-compose.yml and deploy/k8s set its limit.',
    unit: units.BytesIEC,
    width,
    expr: `sum by (job, instance) (process_resident_memory_bytes{${OF_PROCESS}, job=~"${job}"})`,
    legend: '{{job}} {{instance}}',
  });

export const eventLoopDelay = (job: string, width: number): Graph =>
  graph({
    title: 'Event loop delay, p99',
    description: 'How late a process runs what is due. If this grows with the load, add replicas.',
    unit: units.Seconds,
    width,
    limits: { side: 'above', bad: 0.5 },
    expr: `max by (job, instance) (nodejs_eventloop_lag_p99_seconds{${OF_PROCESS}, job=~"${job}"})`,
    legend: '{{job}} {{instance}}',
  });
