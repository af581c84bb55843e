import { parseArgs } from 'node:util';
import pc from 'picocolors';
import type { Stack } from '../stack/index.js';
import { DemoInterrupted, runDemo } from './run-demo.js';
import { createTerminal } from './terminal.js';

const USAGE = `Buys resources with Cardano payments through every part of the facilitator, on this machine alone.

  npm run demo               run it and clean up
  npm run demo -- --keep     leave everything up and print where it listens
`;

const LAST_LINES = 15;

const stopping = new AbortController();
let stack: Stack | undefined;

function readArguments(): { keep: boolean } | undefined {
  try {
    const { values } = parseArgs({
      options: { keep: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    });
    if (values.help !== true) return { keep: values.keep === true };
    process.stdout.write(USAGE);
  } catch (error) {
    process.stderr.write(`${describe(error)}\n\n${USAGE}`);
    process.exitCode = 1;
  }
  return undefined;
}

function describe(error: unknown): string {
  if (error instanceof AggregateError) return [error.message, ...error.errors.map(describe)].join('\n  ');
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${describe(error.cause)}`;
}

/** What the processes said last: the reason is usually there. */
function explain(error: unknown): void {
  process.stderr.write(`\n${pc.red(`The demo failed: ${describe(error)}`)}\n`);
  if (stack === undefined) return;
  for (const { process: app } of [...stack.apis, ...stack.workers, ...stack.paywalls]) {
    const lines = app.output.recent(LAST_LINES);
    process.stderr.write(`\n${pc.bold(app.name)}, its last ${lines.length} lines:\n${lines.join('\n')}\n`);
  }
}

async function main(): Promise<void> {
  const options = readArguments();
  if (options === undefined) return;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // Whoever asks twice does not want to wait; what still runs ends with us.
      if (stopping.signal.aborted) process.exit(130);
      stopping.abort(new DemoInterrupted());
    });
  }
  // `npm run demo | head` closes the pipe: nobody reads on, so nothing is left to show.
  process.stdout.on('error', () => stopping.abort(new DemoInterrupted()));
  const terminal = createTerminal({ write: (text) => process.stdout.write(text), now: Date.now });
  try {
    await runDemo({
      terminal,
      ...options,
      stopping: stopping.signal,
      onStack: (started) => {
        stack = started;
      },
    });
    terminal.step('done', 'everything is stopped');
  } catch (error) {
    if (error instanceof DemoInterrupted) {
      terminal.step('stopped', 'nothing is left running');
      process.exitCode = options.keep ? 0 : 130;
      return;
    }
    explain(error);
    process.exitCode = 1;
  }
}

await main();
