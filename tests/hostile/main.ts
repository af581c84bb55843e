import process from 'node:process';
import { parseArgs } from 'node:util';
import { runHostile } from './run-hostile.js';

const USAGE = `usage: npm run hostile -- [--transactions N] [--seconds N]

Sends payments with hostile scripts to one API process, and prints as JSON the p99 of plain payments without them and
beside 200 of them at once (N seconds each, 20), and the API's memory at the start, in the middle and at the end of N
hostile transactions (50 000).`;

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: {
    transactions: { type: 'string', default: '50000' },
    seconds: { type: 'string', default: '20' },
    help: { type: 'boolean', short: 'h' },
  },
});
const [transactions, seconds] = [Number(values.transactions), Number(values.seconds)];
if (values.help === true || !(transactions > 0 && seconds > 0)) {
  process.stdout.write(`${USAGE}\n`);
  process.exitCode = values.help === true ? 0 : 2;
} else {
  const announce = (line: string) => process.stderr.write(`${line}\n`);
  process.stdout.write(`${JSON.stringify(await runHostile({ transactions, seconds, announce }), null, 2)}\n`);
}
