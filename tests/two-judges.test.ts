import { GAPS } from '@x402-facilitator/second-judge/testing';
import { expect, test } from 'vitest';
import { BENDS } from './two-judges/bends.js';
import { DIFFERENCES } from './two-judges/differences.js';
import { formatUnexplained, runTwoJudges } from './two-judges/run.js';
import { SHAPES } from './two-judges/shapes.js';

const RUNS = 20_000;
/** The suite always sees the same payments; `npm run two-judges` sees others. */
const SEED = 20_261_126;
const TIMEOUT_MS = 1_800_000;

/** Not met in these 20 000 payments: the command's longer runs meet them. */
const RARE: readonly string[] = ['gap spentAndReferenced', 'difference prices'];

test(
  'two implementations of the ledger agree on payments made and bent at random, but for what is written down',
  () => {
    const report = runTwoJudges({ runs: RUNS, seed: SEED });
    expect(formatUnexplained(report)).toBe('');
    expect(report.runs).toBe(RUNS);
    // Both outcomes are met often: most of what is left cannot be read by the other.
    expect(report.bothAccept).toBeGreaterThan(RUNS * 0.3);
    expect(report.bothRefuse).toBeGreaterThan(RUNS * 0.3);
    const met = new Set([
      ...report.occurrences.keys(),
      ...[...report.gaps.keys()].map((name) => `gap ${name}`),
      ...[...report.differences.keys()].map((name) => `difference ${name}`),
    ]);
    const written = [
      ...Object.keys(SHAPES),
      ...Object.keys(BENDS),
      ...GAPS.map(({ name }) => `gap ${name}`),
      ...DIFFERENCES.map(({ name }) => `difference ${name}`),
    ];
    expect(written.filter((name) => !met.has(name) && !RARE.includes(name))).toEqual([]);
  },
  TIMEOUT_MS,
);
