import { parseArgs } from 'node:util';
import { parseNetwork } from '@x402-facilitator/cardano';
import { JournalUnavailableError, QueueUnavailableError } from '@x402-facilitator/journal';
import type { Config } from '@x402-facilitator/shared/config';
import { type Desk, openDesk } from './access.js';
import type { Command } from './command.js';
import { checkConfig } from './commands/check-config.js';
import { drain } from './commands/drain.js';
import { exportSettlements } from './commands/export.js';
import { inspect } from './commands/inspect.js';
import { pause } from './commands/pause.js';
import { checkReceipt } from './commands/receipt.js';
import { resume } from './commands/resume.js';
import { retry } from './commands/retry.js';
import { status } from './commands/status.js';
import { OpsError, USAGE, UsageError } from './usage.js';

export type OpsOptions = {
  readonly args: readonly string[];
  readonly readConfig: () => Config;
  /** One line, or several; what the command is for. */
  readonly out: (text: string) => void;
  /** What goes wrong, and what only a person wants to read. */
  readonly err: (text: string) => void;
  /** POSIX milliseconds. */
  readonly now: () => number;
};

const COMMANDS: Readonly<Record<string, Command>> = {
  pause,
  resume,
  drain,
  status,
  inspect,
  retry,
  export: exportSettlements,
};

const OPTIONS = {
  network: { type: 'string' },
  reason: { type: 'string' },
  timeout: { type: 'string' },
  since: { type: 'string' },
  until: { type: 'string' },
  address: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Runs one operator's command and gives its exit code. */
export async function runOps(options: OpsOptions): Promise<number> {
  try {
    return await run(options);
  } catch (error) {
    if (error instanceof UsageError) {
      options.err(`${error.message}\n\n${USAGE}`);
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

async function run({ args, readConfig, out, err, now }: OpsOptions): Promise<number> {
  const { values, positionals } = parse(args);
  const [name, ...operands] = positionals;
  if (values.help === true) {
    out(USAGE);
    return 0;
  }
  if (name === undefined) throw new UsageError('expected a command');
  if (name === 'config') return checkConfig(operands, readConfig(), out);
  if (name === 'receipt') return checkReceipt(operands, values, out);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) throw new UsageError(`there is no command "${name}"`);

  const desk = await openDesk(readConfig(), now);
  try {
    return await command({ desk: limitedTo(values.network, desk), operands, options: values, out, err, now });
  } finally {
    await desk.close();
  }
}

function parse(args: readonly string[]) {
  try {
    // pnpm hands the separator on.
    const own = args[0] === '--' ? args.slice(1) : [...args];
    return parseArgs({ args: own, options: OPTIONS, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function limitedTo(name: string | undefined, desk: Desk): Desk {
  if (name === undefined) return desk;
  const named = name.toLowerCase();
  const network = parseNetwork(named.includes(':') ? named : `cardano:${named}`);
  const networks = desk.networks.filter((candidate) => candidate.network === network);
  if (networks.length > 0) return { ...desk, networks };
  const served = desk.networks.map((candidate) => candidate.network).join(', ');
  throw new UsageError(`--network: expected one of ${served}, found "${name}"`);
}
