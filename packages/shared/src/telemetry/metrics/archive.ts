import type { Network } from '@x402-facilitator/cardano';
import type { ArchiveBacklog } from '@x402-facilitator/journal';
import { Counter, Gauge } from 'prom-client';
import { readAtScrape } from './read-at-scrape.js';
import type { MetricsRegistry } from './registry.js';

/** Why something was not archived, or not as it is. */
const REASONS = ['away', 'refused', 'differs', 'unreadable'] as const;

export type ArchiveMetrics = {
  /** Shows a network's backlog from now on, read at each scrape. Every worker shows the same. */
  watch(
    network: Network,
    options: {
      readonly maxBacklog: number;
      readonly read: () => Promise<ArchiveBacklog>;
      readonly now: () => number;
    },
  ): void;
  written(network: Network, count: number): void;
  /** `away`: an attempt that wrote nothing. Else a settlement. */
  failed(network: Network, reason: (typeof REASONS)[number]): void;
};

/** Counts what is archived, and shows what waits for it. */
export function createArchiveMetrics(registry: MetricsRegistry): ArchiveMetrics {
  const registers = [registry];
  const written = new Counter({
    name: 'archive_written_total',
    help: 'Ended settlements that this worker wrote to the archive.',
    labelNames: ['network'],
    registers,
  });
  const failed = new Counter({
    name: 'archive_failures_total',
    help: 'Attempts that found the archive away, and settlements that it refused, held otherwise, or that could not be read.',
    labelNames: ['network', 'reason'],
    registers,
  });
  type Watched = {
    readonly network: Network;
    readonly maxBacklog: number;
    readonly read: () => Promise<ArchiveBacklog | undefined>;
    readonly now: () => number;
  };
  const watched: Watched[] = [];
  const gauge = (name: string, help: string, show: (backlog: ArchiveBacklog, it: Watched) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['network'],
      registers,
      async collect() {
        const found = await Promise.all(watched.map(async (it) => ({ it, backlog: await it.read() })));
        this.reset();
        for (const { it, backlog } of found)
          if (backlog !== undefined) this.set({ network: it.network }, show(backlog, it));
      },
    });
  gauge('archive_backlog', 'Ended settlements that could be archived and are not.', ({ due }) => due);
  gauge(
    'archive_waiting',
    'Ended settlements that are archived once they have their receipt and are collected, or are let go.',
    ({ waiting }) => waiting,
  );
  gauge(
    'archive_max_backlog',
    'The backlog at which /settle accepts nothing new.',
    (_, { maxBacklog }) => maxBacklog,
  );
  gauge(
    'archive_oldest_due_seconds',
    'Since the oldest of the backlog could have been archived; 0 when there is none.',
    ({ oldestDueMs }, { now }) => (oldestDueMs === undefined ? 0 : Math.max(now() - oldestDueMs, 0) / 1000),
  );
  return {
    watch(network, { maxBacklog, read, now }) {
      // Prometheus sees an increase only in a series that already exists.
      written.inc({ network }, 0);
      for (const reason of REASONS) failed.inc({ network, reason }, 0);
      watched.push({ network, maxBacklog, now, read: readAtScrape(read) });
    },
    written: (network, count) => written.inc({ network }, count),
    failed: (network, reason) => failed.inc({ network, reason }),
  };
}
