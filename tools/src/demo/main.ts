import { Command } from 'commander';
import pc from 'picocolors';
import type { Stack } from '../stack/index.js';
import { DemoInterrupted, runDemo } from './run-demo.js';
import { createTerminal } from './terminal.js';

const LAST_LINES = 15;

const { keep } = new Command('npm run demo --')
  .description(
    'Buys resources with Cardano payments through every part of the facilitator, on this machine alone.',
  )
  .option('--keep', 'leave everything up and print where it listens', false)
  .parse()
  .opts<{ keep: boolean }>();
const stopping = new AbortController();
let stack: Stack | undefined;

function describe(error: unknown): string {
  if (error instanceof AggregateError) return [error.message, ...error.errors.map(describe)].join('\n  ');
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${describe(error.cause)}`;
}

/** The last lines of each process: they usually hold the reason. */
function explain(error: unknown): void {
  process.stderr.write(`\n${pc.red(`The demo failed: ${describe(error)}`)}\n`);
  if (stack === undefined) return;
  for (const { process: app } of [...stack.apis, ...stack.workers, ...stack.paywalls]) {
    const lines = app.output.recent(LAST_LINES);
    process.stderr.write(`\n${pc.bold(app.name)}, its last ${lines.length} lines:\n${lines.join('\n')}\n`);
  }
}

async function main(): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // The second time, do not wait: what still runs ends with this process.
      if (stopping.signal.aborted) process.exit(130);
      stopping.abort(new DemoInterrupted());
    });
  }
  // `npm run demo | head` closes the pipe: there is no reader any more.
  process.stdout.on('error', () => stopping.abort(new DemoInterrupted()));
  const terminal = createTerminal({ write: (text) => process.stdout.write(text), now: Date.now });
  try {
    await runDemo({
      terminal,
      keep,
      stopping: stopping.signal,
      onStack: (started) => {
        stack = started;
      },
    });
    terminal.step('done', 'everything is stopped');
  } catch (error) {
    if (error instanceof DemoInterrupted) {
      terminal.step('stopped', 'nothing is left running');
      process.exitCode = keep ? 0 : 130;
      return;
    }
    explain(error);
    process.exitCode = 1;
  }
}

await main();
