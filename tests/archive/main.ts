import process from 'node:process';
import { parseArgs } from 'node:util';
import { findPostgres } from '@x402-facilitator/tools/postgres';
import { runArchive } from './measure.js';

const USAGE = `usage: npm run archive -- [--settlements N]

Brings N settlements (50 000) to their end by the journal's scripts, while real workers archive them to a PostgreSQL that is
stopped, crashes and is slow, and while they are killed. Prints as JSON whether each is there once and the sums are equal;
otherwise the exit code is 1.`;

const { values } = parseArgs({
  // pnpm hands the separator on.
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: { settlements: { type: 'string', default: '50000' }, help: { type: 'boolean', short: 'h' } },
});
const settlements = Number(values.settlements);
const programs = await findPostgres();
if (values.help === true || !(settlements >= 100)) {
  process.stdout.write(`${USAGE}\n`);
  process.exitCode = values.help === true ? 0 : 2;
} else if (programs === undefined) {
  process.stderr.write('PostgreSQL not found: `sudo apt-get install postgresql`\n');
  process.exitCode = 1;
} else {
  const announce = (line: string) => process.stderr.write(`${line}\n`);
  const report = await runArchive(programs, { settlements, ofLastMonth: 100, rounds: 4, announce });
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  const { rows, differing, equalsLedger, equalsTotals } = report;
  const isRight = rows === settlements && differing === 0 && equalsLedger && equalsTotals;
  process.exitCode = isRight ? 0 : 1;
}
