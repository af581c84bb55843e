import process from 'node:process';
import { parseArgs } from 'node:util';
import { runSponsored } from './run-sponsored.js';

const USAGE = `usage: pnpm sponsored [--payments N] [--workers N]

Runs two APIs, 3 workers, Redis and the devnet, has 200 sponsored payments made at once by a payer who owns a token
alone, and audits the wallet's books against the ledger. Exit code 1 when a lovelace is missing.`;

const { values } = parseArgs({
  // pnpm hands the separator on.
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: {
    payments: { type: 'string', default: '200' },
    workers: { type: 'string', default: '3' },
    help: { type: 'boolean', short: 'h' },
  },
});
const [payments, workers] = [Number(values.payments), Number(values.workers)];
if (values.help === true || !(payments > 0 && workers > 0)) {
  process.stdout.write(`${USAGE}\n`);
  process.exitCode = values.help === true ? 0 : 2;
} else {
  const report = await runSponsored({
    payments,
    workers,
    announce: (line) => process.stderr.write(`${line}\n`),
  });
  const text = JSON.stringify(
    report,
    (_, value) => (typeof value === 'bigint' ? value.toString() : value),
    2,
  );
  process.stdout.write(`${text}\n`);
  if (report.violations.length > 0) process.exitCode = 1;
}
