import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { formatReport } from './report.js';
import { type ChaosOptions, runChaos } from './run-chaos.js';

const USAGE = `usage: pnpm chaos [--seconds N] [--seed S] [--rate CUSTOMERS_PER_SECOND] [--redis sentinel|single] [--history FILE]

Runs two APIs, three workers, Redis with every write on the disk and the devnet, breaks them by a schedule that the seed
repeats, and lets the dust settle. Every request and answer goes into a history; a checker reads it with the ledger beside
it and gives the verdict. Exit code 1 when anything is wrong.

  --seconds N      how long faults happen; 60
  --seed S         repeats the schedule of a run
  --rate N         new customers per second; 4
  --redis sentinel a primary, two replicas that must both have what is acknowledged, and three sentinels; the default
  --redis single   one Redis
  --only FAULT     this kind of fault alone, such as 'cut Redis from all but its clients'; may be repeated
  --history FILE   where the history goes, one event per line of JSON; x402-chaos-SEED.ndjson in the temporary directory

As root on Linux each process has a network namespace of its own, and partitions take packets away without a word. Clocks are
moved by \`faketime\`, a slow disk is made by \`strace\`, a full one is a tmpfs. What is not there is left out, and one
line says so. CHAOS_LOGS=DIRECTORY keeps the logs of every process.`;

function readArguments(): ChaosOptions | undefined {
  try {
    const { values } = parseArgs({
      // pnpm passes the separator on.
      args: process.argv.slice(2).filter((argument) => argument !== '--'),
      options: {
        seconds: { type: 'string', default: '60' },
        seed: { type: 'string', default: String(Date.now() % 1_000_000) },
        rate: { type: 'string', default: '4' },
        redis: { type: 'string', default: 'sentinel' },
        history: { type: 'string' },
        only: { type: 'string', multiple: true },
        help: { type: 'boolean', short: 'h' },
      },
    });
    const numbers = { seconds: Number(values.seconds), seed: Number(values.seed), rate: Number(values.rate) };
    const { redis, history = join(tmpdir(), `x402-chaos-${numbers.seed}.ndjson`) } = values;
    if (
      values.help !== true &&
      (redis === 'sentinel' || redis === 'single') &&
      Object.values(numbers).every((value) => Number.isInteger(value) && value >= 0)
    )
      return {
        ...numbers,
        redis,
        historyFile: history,
        ...(values.only === undefined ? {} : { only: values.only }),
      };
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
    const { seconds, seed, rate, redis } = options;
    process.stdout.write(`\n${report.violations.join('\n')}\n`);
    process.stdout.write(
      `\nagain: pnpm chaos --seconds ${seconds} --seed ${seed} --rate ${rate} --redis ${redis}\n`,
    );
    process.exitCode = 1;
  }
}
