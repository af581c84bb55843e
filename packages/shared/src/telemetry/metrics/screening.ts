import type { Network } from '@x402-facilitator/cardano';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { MetricsRegistry } from './registry.js';

const OUTCOMES = ['cleared', 'denied', 'unavailable', 'accepted_unscreened'] as const;
const ANSWERS = ['cleared', 'denied', 'failed', 'busy'] as const;
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** `accepted_unscreened`: the service had no answer, and the setting is to accept then. */
export type ScreeningOutcome = (typeof OUTCOMES)[number];

/** How a question to the screening service ended. `busy`: it was not asked, because too many answers were still out. */
export type ScreeningAnswer = (typeof ANSWERS)[number];

export type ScreeningMetrics = {
  /** From now on shows the payments of a network. */
  watch(network: Network): void;
  /** From now on shows the questions to a service. */
  watchService(): void;
  screened(network: Network, outcome: ScreeningOutcome): void;
  answered(answer: ScreeningAnswer, seconds: number): void;
  /** @param entries that are in force. @param isOutdated whether the file cannot be read as it is now. */
  denyFile(entries: number, isOutdated: boolean): void;
};

export function createScreeningMetrics(registry: MetricsRegistry): ScreeningMetrics {
  const registers = [registry];
  const screenings = new Counter({
    name: 'screenings_total',
    help: 'Payments and commitments that every rule accepts, by what screening their parties said.',
    labelNames: ['network', 'outcome'],
    registers,
  });
  const duration = new Histogram({
    name: 'screening_service_duration_seconds',
    help: 'Questions to the screening service, from the question to the answer; what the cache answers is not counted.',
    labelNames: ['answer'],
    buckets: BUCKETS,
    registers,
  });
  const entries = new Gauge({
    name: 'screening_deny_file_entries',
    help: 'Entries of screening.denyFile that are in force; 0 without a file.',
    registers,
  });
  const outdated = new Gauge({
    name: 'screening_deny_file_outdated',
    help: '1: screening.denyFile cannot be read as it is now, and what it was before is in force; else 0.',
    registers,
  });
  return {
    watch(network) {
      // Prometheus sees an increase only in a series that already exists.
      for (const outcome of OUTCOMES) screenings.inc({ network, outcome }, 0);
    },
    watchService() {
      for (const answer of ANSWERS) duration.zero({ answer });
    },
    screened: (network, outcome) => screenings.inc({ network, outcome }),
    answered: (answer, seconds) => duration.observe({ answer }, seconds),
    denyFile(count, isOutdated) {
      entries.set(count);
      outdated.set(isOutdated ? 1 : 0);
    },
  };
}
