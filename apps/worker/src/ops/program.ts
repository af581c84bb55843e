import type { Config } from '@x402-facilitator/shared/config';
import { Argument, Command } from 'commander';
import { addArchiveCommands } from './archive-commands.js';
import { commandGroup, expecting, readSeconds, readTxHash } from './arguments.js';
import type { CommandContext } from './command.js';
import { checkConfig } from './commands/check-config.js';
import { checkReceipt } from './commands/check-receipt.js';
import { allow, deny } from './commands/deny.js';
import { delist, listDiscovery, readUrl, relist } from './commands/discovery.js';
import { drain } from './commands/drain.js';
import { inspect } from './commands/inspect.js';
import { pause } from './commands/pause.js';
import { redeem } from './commands/redeem.js';
import { resume } from './commands/resume.js';
import { retry } from './commands/retry.js';
import { status } from './commands/status.js';
import { connect } from './connect.js';
import { UsageError } from './errors.js';
import { addKeyCommands } from './key-commands.js';
import { addWebhookCommands } from './webhook-commands.js';

export type OpsOptions = Pick<CommandContext, 'out' | 'err' | 'now'> & {
  readonly args: readonly string[];
  readonly readConfig: () => Config;
};

/** The commands of `ops`, with the usage text that `helpInformation` gives. @param done called with the exit code. */
export function createProgram(
  { readConfig, out, err, now }: Omit<OpsOptions, 'args'>,
  done: (exitCode: number) => void,
): Command {
  const program = new Command('ops')
    .usage('COMMAND [--network NAME] [options]')
    .description(
      '`ops COMMAND --help` tells its options. Exit codes: 0 done, 1 could not be done, 2 not understood.',
    )
    .option('--network <NAME>', 'one network only (preview, preprod, mainnet), not all that are configured')
    .argument('[COMMAND...]')
    .helpCommand(false)
    .configureHelp({ styleTitle: (title) => title.toLowerCase() })
    .configureOutput({ writeOut: (text) => out(text.trimEnd()), writeErr: () => undefined })
    .exitOverride()
    .action(([name]: readonly string[]) => {
      throw new UsageError(name === undefined ? 'expected a command' : `there is no command "${name}"`);
    });

  /** Runs a command against the Redis of the configuration. */
  const connected =
    <Given extends readonly unknown[]>(
      command: (context: CommandContext, ...given: Given) => Promise<number>,
    ) =>
    async (...given: Given) => {
      const { close, ...connection } = await connect(readConfig(), program.opts().network, now);
      try {
        done(await command({ ...connection, out, err, now }, ...given));
      } finally {
        await close();
      }
    };

  program
    .command('pause')
    .description('/settle answers 503 "paused" and no job is taken; following goes on')
    .option('--reason <TEXT>', 'shown to callers of /settle')
    .action(connected(pause));
  program.command('resume').description('takes new settlements and jobs again').action(connected(resume));
  program
    .command('drain')
    .description('/settle answers 503 "paused"; waits until nothing is pending')
    .option('--reason <TEXT>', 'shown to callers of /settle')
    .option('--timeout <SECONDS>', 'gives up waiting then', readSeconds)
    .action(connected(drain));
  program
    .command('status')
    .description('what is pending, queued, followed, and by whom')
    .option('--json', 'for programs')
    .action(connected(status));
  expecting('one transaction id of 64 hex characters', program.command('inspect'))
    .description('everything known of one settlement')
    .argument('<TX>', 'its transaction id', readTxHash)
    .option('--json', 'for programs')
    .action(connected(inspect));
  expecting('one transaction id of 64 hex characters', program.command('retry'))
    .description('looks after a settlement now instead of when its time comes')
    .argument('<TX>', 'its transaction id', readTxHash)
    .action(connected(retry));
  expecting('one transaction id of 64 hex characters and --reason TEXT', program.command('redeem'))
    .description('gives a success that you know was never handed out, of a payment older than its claim')
    .argument('<TX>', 'its transaction id', readTxHash)
    .requiredOption('--reason <TEXT>', 'kept in the record, and logged when it is collected')
    .action(connected(redeem));
  expecting('an address or a credential and --reason TEXT, or --list', program.command('deny'))
    .description('serves no payment of a party any more, on all replicas at once (screening.enabled)')
    .argument('[PARTY]', 'addr…, stake…, a Byron address, or 56 hex characters of a key’s or script’s hash')
    .option('--reason <TEXT>', 'kept beside it; callers do not see it')
    .option('--list', 'whom operators denied')
    .option('--json', 'for programs')
    .action(connected(deny));
  expecting('one address or credential', program.command('allow'))
    .description('takes back what `ops deny` denied')
    .argument('<PARTY>', 'as it was denied')
    .action(connected(allow));
  addArchiveCommands(program, { connected, now, readConfig, out, done });
  const discovery = commandGroup(program, 'discovery', {
    description: 'the catalogue of paid resources: list, delist URL, allow URL',
    expected: 'discovery list, delist URL --reason TEXT or allow URL',
  });
  discovery
    .command('list')
    .description('what is listed, and what is hidden')
    .option('--json', 'for programs')
    .action(connected(listDiscovery));
  expecting('one URL and --reason TEXT', discovery.command('delist'))
    .description('hides a URL, whatever is paid for it')
    .argument('<URL>', 'as it is listed', readUrl)
    .requiredOption('--reason <TEXT>', 'its seller reads it')
    .option('--host', 'all URLs of its host')
    .action(connected(delist));
  expecting('one URL', discovery.command('allow'))
    .description('shows it again')
    .argument('<URL>', 'as it was delisted', readUrl)
    .option('--host', 'all URLs of its host')
    .action(connected(relist));
  addWebhookCommands(program, connected, now);
  addKeyCommands(program, connected);
  expecting('"receipt verify FILE"', program.command('receipt'))
    .description('checks a signed receipt offline; FILE may be - for the standard input')
    .addArgument(new Argument('<verify>').choices(['verify']))
    .argument('<FILE>')
    .option('--address <ADDRESS>', 'who must have signed it')
    .option('--json', 'for programs')
    .action((_verify, file, options) => done(checkReceipt(file, options, out)));
  expecting('"config check"', program.command('config'))
    .description('the effective configuration, secrets masked')
    .addArgument(new Argument('<check>').choices(['check']))
    .action(() => done(checkConfig(readConfig(), out)));
  return program;
}
