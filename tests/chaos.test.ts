import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createRandom } from './chaos/random.js';
import { countViolations, formatReport } from './chaos/report.js';
import { type ChaosOptions, runChaos } from './chaos/run-chaos.js';
import { FAULT_KINDS, type Possible, planFaults, REDIS_FAULT_KINDS, redisFaults } from './chaos/schedule.js';

const SEED = 7;
const everything: Possible = {
  redis: 'sentinel',
  means: { network: true, clocks: true, slowDisk: true, disks: true },
};
const directory = mkdtempSync(join(tmpdir(), 'x402-histories-'));
afterAll(() => rmSync(directory, { recursive: true }));

async function run(options: Omit<ChaosOptions, 'seed' | 'historyFile' | 'announce'>) {
  const lines: string[] = [];
  const historyFile = join(directory, `${options.redis}.ndjson`);
  const report = await runChaos({
    ...options,
    seed: SEED,
    historyFile,
    announce: (line) => lines.push(line),
  });
  const story = `${lines.join('\n')}\n${formatReport(report)}`;
  expect(report.violations, story).toEqual([]);
  expect(
    Object.values(countViolations(report)).every((count) => count === 0),
    story,
  ).toBe(true);
  const history = readFileSync(historyFile, 'utf8').trim().split('\n');
  expect(history.filter((line) => JSON.parse(line).kind === 'call').length).toBe(report.verdict.calls);
  return { report, story };
}

describe('chaos', () => {
  test('a seed repeats its schedule, and a long run has had every fault', () => {
    const plan = (seed = SEED) =>
      planFaults(createRandom(seed), 70, everything).map(({ kind, atMs, forMs }) => [kind, atMs, forMs]);
    expect(plan()).toEqual(plan());
    expect(new Set(plan().map(([kind]) => kind))).toEqual(new Set(FAULT_KINDS));
    expect(plan(SEED + 1)).not.toEqual(plan());
    const deck = (seed = SEED) => {
      const faults = redisFaults(createRandom(seed), everything);
      return REDIS_FAULT_KINDS.map(() => faults.next().value?.kind);
    };
    expect(deck()).toEqual(deck());
    expect(new Set(deck())).toEqual(new Set(REDIS_FAULT_KINDS));
  });

  test('a machine that allows less has fewer faults, and a single Redis has no fail-over', () => {
    const possible: Possible = {
      redis: 'single',
      means: { network: false, clocks: false, slowDisk: false, disks: false },
    };
    const kinds = new Set(planFaults(createRandom(SEED), 70, possible).map(({ kind }) => kind));
    expect([...kinds].filter((kind) => /^(cut|clock) /.test(kind))).toEqual([]);
    const faults = redisFaults(createRandom(SEED), possible);
    const first = new Set(Array.from({ length: 9 }, () => faults.next().value?.kind));
    expect(first).toEqual(new Set(['kill Redis', 'restart Redis', 'freeze Redis']));
  });

  test('with any mix of crashes, partitions, false answers and rollbacks, no accepted payment is lost, delivered twice or falsely reported', async () => {
    const { report, story } = await run({ redis: 'single', seconds: 15 });
    expect(report.outcomes.confirmed ?? 0, story).toBeGreaterThan(10);
    expect(Object.values(report.faults).length, story).toBeGreaterThan(12);
  });

  test('behind sentinels, a primary that is cut off from all but its clients loses nothing that was acknowledged, and nothing is delivered twice', async () => {
    const isolated = 'cut Redis from all but its clients';
    const { report, story } = await run({ redis: 'sentinel', seconds: 8, only: [isolated, 'kill Redis'] });
    expect(report.outcomes.confirmed ?? 0, story).toBeGreaterThan(5);
    expect(report.failOvers, story).toBeGreaterThan(0);
  });
});
