import { DURABILITY_SETTINGS, type JournalFault, REDIS_REFUSALS } from '@x402-facilitator/journal';
import { Gauge } from 'prom-client';
import { readAtScrape } from './read-at-scrape.js';
import type { MetricsRegistry } from './registry.js';

/** Whether the journal's Redis takes writes and keeps them, looked at with each scrape; no sample while it does not answer. */
export function createRedisMetrics(registry: MetricsRegistry): {
  watch(look: () => Promise<JournalFault | undefined>): void;
} {
  return {
    watch(look) {
      const read = readAtScrape(async () => ({ fault: await look() }));
      new Gauge({
        name: 'journal_refuses_writes',
        help: '1 for the error with which Redis refuses to write.',
        labelNames: ['error'],
        registers: [registry],
        async collect() {
          const found = await read();
          this.reset();
          if (found === undefined) return;
          const { fault } = found;
          for (const error of REDIS_REFUSALS)
            this.set({ error }, fault?.kind === 'refuses-writes' && fault.refusal === error ? 1 : 0);
        },
      });
      new Gauge({
        name: 'journal_setting_unsafe',
        help: '1 for a setting of Redis by which it could lose accepted settlements; in production only.',
        labelNames: ['setting'],
        registers: [registry],
        async collect() {
          const found = await read();
          this.reset();
          if (found === undefined) return;
          const { fault } = found;
          const unsafe = fault?.kind === 'not-durable' ? fault.problems : [];
          for (const setting of DURABILITY_SETTINGS)
            this.set({ setting }, unsafe.some((problem) => problem.setting === setting) ? 1 : 0);
        },
      });
    },
  };
}
