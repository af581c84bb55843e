import process from 'node:process';
import { parseArgs } from 'node:util';
import { formatReport } from './report.js';
import { runChaos } from './run-chaos.js';

const USAGE = `usage: pnpm chaos [--seconds N] [--seed S] [--rate CUSTOMERS_PER_SECOND]

Runs two APIs, three workers, Redis with every write on the disk and the devnet, breaks them by a schedule that the seed
repeats, lets the dust settle and audits what was settled from the ledger. Exit code 1 when anything is wrong.
CHAOS_LOGS=DIRECTORY keeps the logs of every process.`;

function readArguments(): { seconds: number; seed: number; rate: number } | undefined {
  try {
    const { values } = parseArgs({
      // pnpm passes the separator on.
      args: process.argv.slice(2).filter((argument) => argument !== '--'),
      options: {
        seconds: { type: 'string', default: '60' },
        seed: { type: 'string', default: String(Date.now() % 1_000_000) },
        rate: { type: 'string', default: '4' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    const numbers = { seconds: Number(values.seconds), seed: Number(values.seed), rate: Number(values.rate) };
    if (
      values.help !== true &&
      Object.values(numbers).every((value) => Number.isInteger(value) && value >= 0)
    )
      return numbers;
    if (values.help !== true) process.exitCode = 2;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 2;
  }
  process.stdout.write(`${USAGE}\n`);
  return undefined;
}

const options = readArguments();
if (options !== undefined) {
  const report = await runChaos({ ...options, announce: (line) => process.stderr.write(`${line}\n`) });
  process.stdout.write(`${formatReport(report)}\n`);
  if (report.violations.length > 0) {
    const { seconds, seed, rate } = options;
    process.stdout.write(`\n${report.violations.join('\n')}\n`);
    process.stdout.write(`\nagain: pnpm chaos --seconds ${seconds} --seed ${seed} --rate ${rate}\n`);
    process.exitCode = 1;
  }
}
