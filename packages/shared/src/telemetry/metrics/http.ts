import { Counter, Histogram } from 'prom-client';
import type { ConnectionCut } from '../../http/guarded-server.js';
import type { MetricsRegistry } from './registry.js';

/** One request that was answered, or whose caller hung up (status 499). */
export type HttpExchange = {
  readonly method: string;
  /** The route's pattern, never the path; waits have a label of their own. */
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
};

export type HttpMetrics = {
  observe(exchange: HttpExchange): void;
  /**
   * Starts a route's failure series at zero, because Prometheus sees an increase only in a series that already exists.
   */
  watch(route: Pick<HttpExchange, 'method' | 'route'>): void;
  /** A request was refused for its caller's limits (429). */
  limited(caller: 'key' | 'address'): void;
  /** A connection was refused or cut, or a head refused, to keep within a bound. */
  cut(reason: ConnectionCut): void;
};

/** From an answer out of memory to the longest wait that is granted. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120];

/** The methods of this API's routes, and those that browsers and probes send. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

const CUTS: readonly ConnectionCut[] = ['process', 'address', 'pipelined', 'slow', 'unread', 'malformed'];

/** The 5xx statuses that this API answers with. */
const FAILURES = [500, 503];

export function createHttpMetrics(registry: MetricsRegistry): HttpMetrics {
  const shared = { labelNames: ['method', 'route', 'status'] as const, registers: [registry] };
  const requests = new Counter({ ...shared, name: 'http_requests_total', help: 'HTTP requests.' });
  const failed = new Counter({
    ...shared,
    name: 'http_requests_failed_total',
    help: 'HTTP requests that were answered with a 5xx status.',
  });
  const duration = new Histogram({
    ...shared,
    name: 'http_request_duration_seconds',
    help: 'From the arrival of a request to the end of its answer.',
    buckets: BUCKETS,
  });
  const cuts = new Counter({
    name: 'http_connections_cut_total',
    help: 'Connections that were refused or cut, and requests whose head was refused.',
    labelNames: ['reason'] as const,
    registers: [registry],
  });
  const limited = new Counter({
    name: 'http_requests_limited_total',
    help: 'HTTP requests that were refused for the limits of their caller, by how it was counted.',
    labelNames: ['caller'] as const,
    registers: [registry],
  });
  for (const caller of ['key', 'address']) limited.inc({ caller }, 0);
  for (const reason of CUTS) cuts.inc({ reason }, 0);
  return {
    observe({ method, route, status, durationMs }) {
      const labels = { method: METHODS.has(method) ? method : 'other', route, status };
      requests.inc(labels);
      if (status >= 500) failed.inc(labels);
      duration.observe(labels, durationMs / 1000);
    },
    watch(route) {
      for (const status of FAILURES) failed.inc({ ...route, status }, 0);
    },
    limited: (caller) => limited.inc({ caller }),
    cut: (reason) => cuts.inc({ reason }),
  };
}
