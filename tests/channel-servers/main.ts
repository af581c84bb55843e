import process from 'node:process';
import { parseArgs } from 'node:util';
import { runChannelServers } from './run-channel-servers.js';

const USAGE = `usage: npm run channels -- [--vouchers N] [--channels M] [--seed S]

Buys N items (10 000) over M channels (100) from two server processes on one Redis, while a channel manager claims. They, the
Redis and the facilitator's worker are killed and started again at random. The facilitator and the devnet are real. Then half of the buyers close, are settled and end;
the seller is gone, and the others leave alone. Prints as JSON what came of it. It fails if anything was served unpaid, charged
twice, claimed that was not charged, or not given back.`;

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: {
    vouchers: { type: 'string', default: '10000' },
    channels: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', short: 'h' },
  },
});
const [vouchers, channels, seed] = [Number(values.vouchers), Number(values.channels), Number(values.seed)];
if (values.help === true || !(vouchers >= 3 * channels && channels > 1 && Number.isInteger(seed))) {
  process.stdout.write(`${USAGE}\n`);
  process.exitCode = values.help === true ? 0 : 2;
} else {
  const announce = (line: string) => process.stderr.write(`${line}\n`);
  const report = await runChannelServers({ vouchers, channels, seed, announce });
  process.stdout.write(
    `${JSON.stringify(report, (_, value) => (typeof value === 'bigint' ? `${value}` : value), 2)}\n`,
  );
  if (report.problems.length > 0) process.exitCode = 1;
}
