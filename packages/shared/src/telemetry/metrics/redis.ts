import { DURABILITY_SETTINGS, type JournalFault, REDIS_REFUSALS } from '@x402-facilitator/journal';
import { Gauge } from 'prom-client';
import { readAtScrape } from './read-at-scrape.js';
import type { MetricsRegistry } from './registry.js';

type Look = () => Promise<JournalFault | undefined>;

/** Whether the journal's Redis takes writes and keeps them, looked at with each scrape; no sample while it does not answer. */
export function createRedisMetrics(registry: MetricsRegistry): { watch(look: Look): void } {
  let read: () => Promise<{ readonly fault: JournalFault | undefined } | undefined> = async () => undefined;
  /** One series for each name, 1 for those that are at fault. */
  const gauge = <Label extends string>(
    shown: { readonly name: string; readonly help: string },
    label: Label,
    names: readonly string[],
    atFault: (fault: JournalFault | undefined) => readonly string[],
  ) =>
    new Gauge<string>({
      ...shown,
      labelNames: [label],
      registers: [registry],
      async collect() {
        const found = await read();
        this.reset();
        if (found === undefined) return;
        const faulty = atFault(found.fault);
        for (const name of names) this.set({ [label]: name }, faulty.includes(name) ? 1 : 0);
      },
    });
  gauge(
    { name: 'journal_refuses_writes', help: '1 for the error with which Redis refuses to write.' },
    'error',
    REDIS_REFUSALS,
    (fault) => (fault?.kind === 'refuses-writes' ? [fault.refusal] : []),
  );
  gauge(
    {
      name: 'journal_setting_unsafe',
      help: 'In production, 1 for a setting of Redis by which it could lose accepted settlements.',
    },
    'setting',
    DURABILITY_SETTINGS,
    (fault) => (fault?.kind === 'not-durable' ? fault.problems.map(({ setting }) => setting) : []),
  );
  return {
    watch(look) {
      read = readAtScrape(async () => ({ fault: await look() }));
    },
  };
}
