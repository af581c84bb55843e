import { Counter } from 'prom-client';
import type { MetricsRegistry } from './registry.js';

/** The codes of docs/discovery.md, and `listed`. Any other becomes `other`. */
const OUTCOMES = [
  'listed',
  'malformed',
  'schema_mismatch',
  'schema_not_followed',
  'too_large',
  'url_refused',
  'other_seller',
  'host_full',
  'catalogue_full',
  'withdrawn_by_seller',
  'delisted_by_operator',
  'other',
] as const;

export type DiscoveryMetrics = {
  /** From now on shows the counter: discovery is on. */
  watch(): void;
  /** A payment that declares its resource was answered with its success. */
  declared(outcome: string): void;
};

export function createDiscoveryMetrics(registry: MetricsRegistry): DiscoveryMetrics {
  const declarations = new Counter({
    name: 'discovery_declarations_total',
    help: 'Settled payments that declare their resource, by what became of it.',
    labelNames: ['outcome'],
    registers: [registry],
  });
  return {
    watch() {
      // Prometheus sees an increase only in a series that already exists.
      for (const outcome of OUTCOMES) declarations.inc({ outcome }, 0);
    },
    declared: (outcome) =>
      declarations.inc({ outcome: OUTCOMES.find((known) => known === outcome) ?? 'other' }),
  };
}
