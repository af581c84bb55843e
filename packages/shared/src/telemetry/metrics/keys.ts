import { Counter } from 'prom-client';
import type { MetricsRegistry } from './registry.js';

/** A quota that is reached, what a key may not settle, and a key that was revoked while its call ran. */
const REASONS = ['verifications', 'settlements', 'volume', 'network', 'asset', 'pay_to', 'revoked'] as const;

export type KeyMetrics = {
  /** From now on shows the counter: keys are stored. */
  watch(): void;
  /** A call was refused because of its key. Not by its name: names are not bounded. */
  refused(reason: (typeof REASONS)[number]): void;
};

export function createKeyMetrics(registry: MetricsRegistry): KeyMetrics {
  const refusals = new Counter({
    name: 'key_refusals_total',
    help: 'Calls refused because of what their key may do, by reason.',
    labelNames: ['reason'],
    registers: [registry],
  });
  return {
    watch() {
      // Prometheus sees an increase only in a series that already exists.
      for (const reason of REASONS) refusals.inc({ reason }, 0);
    },
    refused: (reason) => refusals.inc({ reason }),
  };
}
