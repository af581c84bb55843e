import type { WebhookBacklog } from '@x402-facilitator/journal';
import { Counter, Gauge } from 'prom-client';
import { readAtScrape } from './read-at-scrape.js';
import type { MetricsRegistry } from './registry.js';

const OUTCOMES = ['delivered', 'failed', 'dead', 'stopped'] as const;

export type WebhookMetrics = {
  /** Webhooks are on: from now on shows the counter, and what waits, read at each scrape. */
  watch(read: () => Promise<WebhookBacklog>, now: () => number): void;
  /** `dead`: the attempt was the last one. `stopped`: the endpoint wants no more events. */
  attempted(outcome: (typeof OUTCOMES)[number]): void;
};

/** All workers show the same backlog. */
export function createWebhookMetrics(registry: MetricsRegistry): WebhookMetrics {
  const registers = [registry];
  const attempts = new Counter({
    name: 'webhook_attempts_total',
    help: 'Attempts to send an event to an endpoint, by what became of them.',
    labelNames: ['outcome'],
    registers,
  });
  let read: () => Promise<WebhookBacklog | undefined> = async () => undefined;
  let now = Date.now;
  const gauge = (name: string, help: string, of: (backlog: WebhookBacklog) => number) =>
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        const backlog = await read();
        this.remove();
        if (backlog !== undefined) this.set(of(backlog));
      },
    });
  const ageSeconds = (sinceMs: number | undefined) =>
    sinceMs === undefined ? 0 : Math.max(now() - sinceMs, 0) / 1000;
  gauge(
    'webhook_events_waiting',
    'Events that wait for endpoints which are not stopped.',
    ({ waiting }) => waiting,
  );
  gauge('webhook_oldest_waiting_seconds', 'How long the oldest of them has waited.', ({ oldestWaitingMs }) =>
    ageSeconds(oldestWaitingMs),
  );
  gauge(
    'webhook_overdue_seconds',
    'For how long an endpoint’s turn has been due; it grows where no worker delivers.',
    ({ dueSinceMs }) => ageSeconds(dueSinceMs),
  );
  gauge('webhook_events_dead', 'Events that were given up and are kept for a replay.', ({ dead }) => dead);
  gauge(
    'webhook_events_dropped',
    'Events that were not written, because as many waited for their endpoint as may.',
    ({ dropped }) => dropped,
  );
  gauge(
    'webhook_endpoints_stopped',
    'Endpoints that answered 410 and get no more events.',
    ({ stopped }) => stopped,
  );
  return {
    watch(readBacklog, clock) {
      read = readAtScrape(readBacklog);
      now = clock;
      // Prometheus sees an increase only in a series that already exists.
      for (const outcome of OUTCOMES) attempts.inc({ outcome }, 0);
    },
    attempted: (outcome) => attempts.inc({ outcome }),
  };
}
