import process from 'node:process';
import { parseArgs } from 'node:util';
import { GAPS } from '@x402-facilitator/second-judge/testing';
import { BENDS } from './bends.js';
import { DIFFERENCES } from './differences.js';
import { formatReport, formatUnexplained, runTwoJudges } from './run.js';
import { SHAPES } from './shapes.js';

const USAGE = `usage: npm run two-judges -- [--runs N] [--seed N] [--only N]

Makes payments at random, bends them at random, and has each judged twice: by packages/cardano and by packages/second-judge,
another implementation. Prints how often they agree, how often each known difference occurs, and every payment on which
they differ for no known reason, as small as it gets. --seed repeats a run; --only judges the payment of that number alone.
Exit code 1 when anything is unexplained.`;

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: {
    runs: { type: 'string', default: '20000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    only: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});

const STEP = 10_000;

if (values.help === true) {
  process.stdout.write(`${USAGE}\n`);
} else {
  const seed = Number(values.seed);
  const runs = values.only === undefined ? Number(values.runs) : 1;
  const report = runTwoJudges({
    runs,
    seed,
    ...(values.only === undefined ? {} : { first: Number(values.only) }),
    onProgress(done) {
      if (done % STEP === 0 && done < runs) process.stderr.write(`${done} of ${runs}\n`);
    },
  });
  const known = {
    gaps: GAPS,
    differences: DIFFERENCES,
    names: [...Object.keys(SHAPES), ...Object.keys(BENDS)],
  };
  process.stdout.write(formatReport(report, known));
  if (report.unexplained.length > 0) {
    process.stdout.write(`\n${formatUnexplained(report)}\n`);
    process.exitCode = 1;
  }
}
