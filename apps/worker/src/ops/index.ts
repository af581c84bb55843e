import { JournalUnavailableError, QueueUnavailableError } from '@x402-facilitator/journal';
import { CommanderError } from 'commander';
import { OpsError, UsageError } from './errors.js';
import { createProgram, type OpsOptions } from './program.js';

/** Runs one operator's command and returns its exit code. */
export async function runOps({ args, ...options }: OpsOptions): Promise<number> {
  let exitCode = 0;
  const program = createProgram(options, (code) => {
    exitCode = code;
  });
  try {
    // pnpm passes the separator on.
    await program.parseAsync(args[0] === '--' ? args.slice(1) : args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    if (error instanceof UsageError || error instanceof CommanderError) {
      const message = error.message.replace(/^error: (.)/, (_, first: string) => first.toUpperCase());
      options.err(`${message}\n\n${program.helpInformation().trimEnd()}`);
      return 2;
    }
    const isExpected =
      error instanceof OpsError ||
      error instanceof JournalUnavailableError ||
      error instanceof QueueUnavailableError;
    if (!isExpected) throw error;
    options.err(error.message);
    return 1;
  }
}
