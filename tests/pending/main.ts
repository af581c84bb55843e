import process from 'node:process';
import { parseArgs } from 'node:util';
import { measurePending } from './measure.js';

const USAGE = `usage: pnpm pending [--settlements N] [--blocks N]

Brings N settlements (10 000) into blocks with one worker and none of them confirmed, and prints as JSON what the
follower asked of the provider per block, and the most memory that the worker ever held.`;

const { values } = parseArgs({
  // pnpm hands the separator on.
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: {
    settlements: { type: 'string', default: '10000' },
    blocks: { type: 'string', default: '10' },
    help: { type: 'boolean', short: 'h' },
  },
});
const [settlements, blocks] = [Number(values.settlements), Number(values.blocks)];
if (values.help === true || !(settlements > 0 && blocks > 0)) {
  process.stdout.write(`${USAGE}\n`);
  process.exitCode = values.help === true ? 0 : 2;
} else {
  const announce = (line: string) => process.stderr.write(`${line}\n`);
  process.stdout.write(
    `${JSON.stringify(await measurePending({ settlements, blocks, announce }), null, 2)}\n`,
  );
}
