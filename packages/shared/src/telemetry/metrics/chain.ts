import type {
  BudgetRefusal,
  ChainObserver,
  ProviderCall,
  ProviderCallOutcome,
} from '@x402-facilitator/chain';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { MetricsRegistry } from './registry.js';

/** From a cache in front of the provider to a submission that times out. */
const BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 20];

/** Every outcome of a call that was made. */
const OUTCOMES = Object.keys({
  ok: true,
  not_found: true,
  refused: true,
  quota_exhausted: true,
  forbidden: true,
  banned: true,
  mempool_full: true,
  rate_limited: true,
  server_error: true,
  timeout: true,
  connection_failed: true,
  malformed: true,
  wrong_network: true,
} satisfies Record<
  Exclude<ProviderCallOutcome, 'unsupported' | 'budget_exhausted' | 'reserved' | 'circuit_open'>,
  true
>) as readonly ProviderCallOutcome[];

/** Why a call was not made. */
const REFUSALS = Object.keys({
  reserved: true,
  quota: true,
  rate: true,
  backoff: true,
} satisfies Record<BudgetRefusal, true>);

/** Answers of a healthy provider, which may not know a thing, or whose node may refuse a transaction. */
const isAnswer = ({ operation, outcome }: Pick<ProviderCall, 'operation' | 'outcome'>): boolean =>
  outcome === 'ok' || outcome === 'not_found' || (outcome === 'refused' && operation === 'submit');

/**
 * Counts what the chain layer reports. Logs and `/health` use the same names for providers, by place in the
 * configuration. When several networks have a provider in that place, its gauges show the worst of them.
 */
export function createChainMetrics(registry: MetricsRegistry, now: () => number = Date.now): ChainObserver {
  const registers = [registry];
  const call = { labelNames: ['provider', 'operation', 'outcome'] as const, registers };
  const requests = new Counter({
    ...call,
    name: 'rpc_requests_total',
    help: 'HTTP calls to chain providers.',
  });
  const errors = new Counter({
    ...call,
    name: 'rpc_errors_total',
    help: 'HTTP calls to chain providers that brought no answer, or one that says no.',
  });
  const duration = new Histogram({
    ...call,
    name: 'rpc_request_duration_seconds',
    help: 'How long calls to chain providers took.',
    buckets: BUCKETS,
  });
  const provider = { labelNames: ['provider'] as const, registers };
  const up = new Gauge({
    ...provider,
    name: 'rpc_provider_up',
    help: '1 while a chain provider is in use or could be, 0 while something is known against it.',
  });
  let quotaDay = dayOf(now());
  const quota = new Gauge({
    ...provider,
    name: 'rpc_quota_remaining',
    help: 'Calls left to a chain provider until midnight UTC, where it has a daily limit.',
    collect: () => forgetYesterday(),
  });
  const quotaLimit = new Gauge({
    ...provider,
    name: 'rpc_quota_limit',
    help: 'Calls that a chain provider allows in a day, where it has a daily limit.',
  });
  const quotaReserved = new Gauge({
    ...provider,
    name: 'rpc_quota_reserved',
    help: 'Calls of the day that callers without a key leave to others, where a chain provider has a daily limit.',
  });
  const refusals = new Counter({
    labelNames: ['provider', 'reason'] as const,
    registers,
    name: 'rpc_budget_refusals_total',
    help: 'Calls to chain providers that were not made, because our budget had no room for them.',
  });
  const cache = { labelNames: ['cache'] as const, registers };
  const hits = new Counter({ ...cache, name: 'cache_hits_total', help: 'Lookups that a cache answered.' });
  const misses = new Counter({
    ...cache,
    name: 'cache_misses_total',
    help: 'Lookups that a cache could not answer.',
  });
  for (const name of ['outputs', 'network_facts']) {
    hits.inc({ cache: name }, 0);
    misses.inc({ cache: name }, 0);
  }

  const asked = new Set<string>();
  /** Prometheus sees an increase only in a series that already exists. */
  const begin = ({ provider: name, operation }: ProviderCall) => {
    const key = `${name} ${operation}`;
    if (asked.has(key)) return;
    asked.add(key);
    for (const reason of REFUSALS) refusals.inc({ provider: name, reason }, 0);
    for (const outcome of OUTCOMES) {
      // Both, or the errors of an outcome's first calls have no requests to be a share of.
      requests.inc({ provider: name, operation, outcome }, 0);
      if (!isAnswer({ operation, outcome })) errors.inc({ provider: name, operation, outcome }, 0);
    }
  };

  const upOf = worstByProvider();
  let quotaOf = worstByProvider();
  const limitOf = worstByProvider();
  const reservedOf = worstByProvider();
  /** Values from before midnight are out of date. */
  const forgetYesterday = () => {
    const today = dayOf(now());
    if (today === quotaDay) return;
    quotaDay = today;
    quotaOf = worstByProvider();
    quota.reset();
  };
  return {
    onCall(called) {
      const { network, provider: name, operation, outcome, durationMs } = called;
      const labels = { provider: name, operation, outcome };
      begin(called);
      requests.inc(labels);
      if (!isAnswer(called)) errors.inc(labels);
      duration.observe(labels, durationMs / 1000);
      // Only changes are reported, so a provider counts as up until the first one.
      up.set({ provider: name }, upOf.noteFirst(name, network, 1));
    },
    onCacheLookup({ cache: name, result }) {
      (result === 'hit' ? hits : misses).inc({ cache: name });
    },
    onProviderState({ network, name, state }) {
      up.set({ provider: name }, upOf.note(name, network, state === 'up' ? 1 : 0));
    },
    onQuota({ network, provider: name, remaining, perDay, reserved }) {
      forgetYesterday();
      quota.set({ provider: name }, quotaOf.note(name, network, remaining));
      quotaLimit.set({ provider: name }, limitOf.note(name, network, perDay));
      quotaReserved.set({ provider: name }, reservedOf.note(name, network, reserved));
    },
    onBudgetRefusal({ provider: name, reason }) {
      refusals.inc({ provider: name, reason });
    },
  };
}

/** Days since 1970, UTC: quotas begin again at midnight. */
function dayOf(ms: number): number {
  return Math.floor(ms / 86_400_000);
}

/** The lowest value of a provider's name over its networks. */
function worstByProvider() {
  const values = new Map<string, Map<string, number>>();
  const note = (provider: string, network: string, value: number): number => {
    const byNetwork = values.get(provider) ?? new Map<string, number>();
    values.set(provider, byNetwork.set(network, value));
    return Math.min(...byNetwork.values());
  };
  return {
    note,
    /** Keeps what is known already. */
    noteFirst: (provider: string, network: string, value: number): number =>
      note(provider, network, values.get(provider)?.get(network) ?? value),
  };
}
