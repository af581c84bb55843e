import { Counter, Gauge, Histogram } from 'prom-client';
import type { ScriptLaneObserver, ScriptOutcome } from '../../verification/script-lane.js';
import type { MetricsRegistry } from './registry.js';

/** The outcomes as labels. */
const OUTCOMES: Readonly<Record<ScriptOutcome, string>> = {
  satisfied: 'satisfied',
  failed: 'failed',
  notRun: 'not_run',
  tooExpensive: 'too_expensive',
  busy: 'busy',
};

const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export function createScriptMetrics(registry: MetricsRegistry): ScriptLaneObserver {
  const registers = [registry];
  const evaluations = new Counter({
    name: 'script_evaluations_total',
    help: 'Payments whose scripts were to be run, by how that ended.',
    labelNames: ['outcome'],
    registers,
  });
  const duration = new Histogram({
    name: 'script_evaluation_duration_seconds',
    help: 'From the question about the scripts of a payment to its answer, with the wait for a thread.',
    labelNames: ['outcome'],
    buckets: BUCKETS,
    registers,
  });
  const waiting = new Gauge({
    name: 'script_evaluations_waiting',
    help: 'Payments with scripts that wait for a thread.',
    registers,
  });
  const replaced = new Counter({
    name: 'script_threads_replaced_total',
    help: 'Threads that were ended over a script, and replaced.',
    registers,
  });
  // An increase does not show the event that a series begins with.
  for (const outcome of Object.values(OUTCOMES)) evaluations.inc({ outcome }, 0);
  return {
    answered(outcome, seconds) {
      evaluations.inc({ outcome: OUTCOMES[outcome] });
      duration.observe({ outcome: OUTCOMES[outcome] }, seconds);
    },
    waiting: (count) => waiting.set(count),
    replaced: () => replaced.inc(),
  };
}
