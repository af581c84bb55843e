import { describe, expect, test } from 'vitest';
import { createRandom } from './chaos/random.js';
import { formatReport } from './chaos/report.js';
import { runChaos } from './chaos/run-chaos.js';
import { FAULT_KINDS, planFaults } from './chaos/schedule.js';

const SEED = 7;
const SECONDS = 15;

describe('chaos', () => {
  test('a seed repeats its schedule, and a long run has had every fault', () => {
    const plan = () => planFaults(createRandom(SEED), 60).map(({ kind, atMs, forMs }) => [kind, atMs, forMs]);
    expect(plan()).toEqual(plan());
    expect(new Set(plan().map(([kind]) => kind))).toEqual(new Set(FAULT_KINDS));
    expect(planFaults(createRandom(SEED + 1), 60).map(({ kind }) => kind)).not.toEqual(
      plan().map(([kind]) => kind),
    );
  });

  test('with any mix of crashes, false answers and rollbacks, no accepted payment is lost, delivered twice or falsely reported', async () => {
    const lines: string[] = [];
    const report = await runChaos({ seed: SEED, seconds: SECONDS, announce: (line) => lines.push(line) });
    const story = `${lines.join('\n')}\n${formatReport(report)}`;
    expect(report.violations, story).toEqual([]);
    expect(report.lost + report.doubled + report.falseSuccesses, story).toBe(0);
    expect(report.outcomes.confirmed ?? 0, story).toBeGreaterThan(10);
    expect(Object.values(report.faults).length, story).toBeGreaterThan(12);
  }, 300_000);
});
