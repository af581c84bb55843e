import { Counter, Gauge } from 'prom-client';
import { readAtScrape } from './read-at-scrape.js';
import type { MetricsRegistry } from './registry.js';

/** What a queue holds. */
export type QueueContents = {
  /** Jobs by BullMQ's states. */
  readonly counts: Readonly<Record<string, number>>;
  /** When the oldest waiting job was put there, POSIX ms; unset when none waits. */
  readonly oldestWaitingMs: number | undefined;
};

export type QueueMetrics = {
  /** This worker took back a job of a worker that vanished. */
  stalled(queue: string): void;
  /** Shows a queue from now on, read at each scrape. */
  watch(queue: string, read: () => Promise<QueueContents>, now: () => number): void;
};

/** All workers show the same queues. A stalled job is counted by the worker that noticed it. */
export function createQueueMetrics(registry: MetricsRegistry): QueueMetrics {
  type Watched = {
    readonly queue: string;
    readonly read: () => Promise<QueueContents | undefined>;
    readonly now: () => number;
  };
  const watched: Watched[] = [];
  const registers = [registry];
  const readAll = () => Promise.all(watched.map(async (it) => ({ ...it, contents: await it.read() })));

  new Gauge({
    name: 'queue_jobs',
    help: 'Jobs in a queue; finished ones are kept for a while.',
    labelNames: ['queue', 'state'],
    registers,
    async collect() {
      const found = await readAll();
      this.reset();
      for (const { queue, contents } of found)
        for (const [state, count] of Object.entries(contents?.counts ?? {}))
          this.set({ queue, state }, count);
    },
  });
  new Gauge({
    name: 'queue_oldest_waiting_seconds',
    help: 'How long the oldest waiting job has waited; 0 when none does.',
    labelNames: ['queue'],
    registers,
    async collect() {
      const found = await readAll();
      this.reset();
      for (const { queue, contents, now } of found) {
        if (contents === undefined) continue;
        const nowMs = now();
        this.set({ queue }, Math.max(nowMs - (contents.oldestWaitingMs ?? nowMs), 0) / 1000);
      }
    },
  });
  const stalled = new Counter({
    name: 'queue_stalled_total',
    help: 'Jobs taken back from workers that vanished.',
    labelNames: ['queue'],
    registers,
  });
  return {
    stalled: (queue) => stalled.inc({ queue }),
    watch(queue, read, now) {
      stalled.inc({ queue }, 0);
      watched.push({ queue, now, read: readAtScrape(read) });
    },
  };
}
