import type { Network } from '@x402-facilitator/cardano';
import { Counter } from 'prom-client';
import type { MetricsRegistry } from './registry.js';

const AGREEMENTS = ['agreed', 'ours_accepted', 'ours_refused', 'cannot_judge', 'dropped'] as const;

/** How the words of two judges compare. `dropped`: the other one was not asked, because too many waited. */
export type ShadowAgreement = (typeof AGREEMENTS)[number];

export type ShadowMetrics = {
  /** From now on shows a network, whose payments another judge looks at. */
  watch(network: Network): void;
  compared(network: Network, agreement: ShadowAgreement): void;
};

export function createShadowMetrics(registry: MetricsRegistry): ShadowMetrics {
  const judgements = new Counter({
    name: 'shadow_judgements_total',
    help: 'Payments that another judge of the ledger was to look at, by how its word and ours compare.',
    labelNames: ['network', 'agreement'],
    registers: [registry],
  });
  return {
    watch(network) {
      // Prometheus sees an increase only in a series that already exists.
      for (const agreement of AGREEMENTS) judgements.inc({ network, agreement }, 0);
    },
    compared: (network, agreement) => judgements.inc({ network, agreement }),
  };
}
