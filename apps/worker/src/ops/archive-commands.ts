import type { Config } from '@x402-facilitator/shared/config';
import { type Command, Option } from 'commander';
import { openConfiguredArchive } from '../archive/index.js';
import { expecting, readTime } from './arguments.js';
import type { CommandContext, Connected } from './command.js';
import { erase, migrateArchive } from './commands/archive.js';
import { exportSettlements } from './commands/export.js';
import { type Month, statement } from './commands/statement.js';
import { UsageError } from './errors.js';

/** The commands about what has ended: `export`, `statement`, `erase` and `migrate`. */
export function addArchiveCommands(
  program: Command,
  options: {
    readonly connected: Connected;
    /** POSIX milliseconds. */
    readonly now: () => number;
    readonly readConfig: () => Config;
    readonly out: CommandContext['out'];
    readonly done: (exitCode: number) => void;
  },
): void {
  const { connected, now, readConfig, out, done } = options;
  expecting('--since WHEN', program.command('export'))
    .description('settlements as NDJSON or CSV; WHEN is ISO 8601, or an age such as 90m, 24h, 7d')
    .requiredOption('--from, --since <WHEN>', 'the first moment', (text) => readTime('--since', text, now()))
    .option('--to, --until <WHEN>', 'the moment after the last', (text) => readTime('--until', text, now()))
    .option('--key <NAME>', 'those that were claimed with this key')
    .addOption(new Option('--format <FORMAT>', 'how').choices(['ndjson', 'csv']).default('ndjson'))
    .action(connected(exportSettlements));
  expecting('--key NAME and --month YYYY-MM', program.command('statement'))
    .description('what ended in a month, in UTC, of what a key claimed: counts and sums by network and asset')
    .requiredOption('--key <NAME>', 'the name of the key')
    .requiredOption('--month <YYYY-MM>', 'the month', readMonth)
    .addOption(new Option('--format <FORMAT>', 'how').choices(['text', 'csv', 'json']).default('text'))
    .action(connected(statement));
  expecting('one address and --yes', program.command('erase'))
    .description('replaces what names a person in the archive, for good; sums, assets and times stay')
    .argument('<ADDRESS>', 'of a payer or a payee')
    .option('--yes', 'what is erased cannot be had back')
    .action(connected(erase));
  program
    .command('migrate')
    .description('brings the tables of the archive up to this version; API and workers may go on meanwhile')
    .action(async () => {
      const archive = await openConfiguredArchive(readConfig(), 'x402-ops');
      try {
        done(await migrateArchive(archive, out));
      } finally {
        await archive?.close();
      }
    });
}

function readMonth(text: string): Month {
  const [, year, month] = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(text) ?? [];
  if (year === undefined || month === undefined)
    throw new UsageError(`--month: expected YYYY-MM, such as 2026-10, found "${text}"`);
  const at = (offset: number) => Date.UTC(Number(year), Number(month) - 1 + offset, 1);
  return { name: text, fromMs: at(0), untilMs: at(1) };
}
