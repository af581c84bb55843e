import type { Command } from 'commander';
import { commandGroup, expecting, readAge } from './arguments.js';
import type { Connected } from './command.js';
import { createKey, listKeys, revokeKey, rotateKey, setKey, showKey } from './commands/keys.js';

/** The commands about callers' keys. */
export function addKeyCommands(program: Command, connected: Connected): void {
  const keys = commandGroup(program, 'keys', {
    description: 'the keys of callers: create, list, show, set, rotate, revoke',
    expected: 'keys list, or keys create, show, set, rotate or revoke and a NAME',
  });
  expecting('one NAME', withSettings(keys.command('create')))
    .description('makes a key, and tells its secret once')
    .argument('<NAME>', 'named in logs, limits and usage')
    .option('--admin', 'a key of the API that manages keys, not of a caller')
    .action(connected(createKey));
  keys.command('list').description('every key').option('--json', 'for programs').action(connected(listKeys));
  expecting('one NAME', keys.command('show'))
    .description('its settings, and what it used today and this month')
    .argument('<NAME>')
    .option('--json', 'for programs')
    .action(connected(showKey));
  expecting('one NAME', withSettings(keys.command('set')))
    .description('changes what it may do, within half a second')
    .argument('<NAME>')
    .action(connected(setKey));
  expecting('one NAME', keys.command('rotate'))
    .description('makes another secret, and tells it once; the one before is good for a while')
    .argument('<NAME>')
    .option('--overlap <AGE>', 'for how long, such as 0s, 90m, 24h (the default), 7d', readAge)
    .action(connected(rotateKey));
  expecting('one NAME and --reason TEXT', keys.command('revoke'))
    .description('ends it for good; its name stays taken')
    .argument('<NAME>')
    .requiredOption('--reason <TEXT>', 'kept beside it; its holder does not see it')
    .action(connected(revokeKey));
}

/** The options of `keys create` and `keys set`. */
function withSettings(command: Command): Command {
  const more = (value: string, before: readonly string[] = []) => [...before, value];
  return command
    .option('--public', 'others may see its settlements (the default)')
    .option('--no-public', 'they may not')
    .option('--redemption <WORD>', 'once, resume, or default for settle.redemption')
    .option('--allow-network <NAME>', 'settles on this network only; again for more; any for all', more)
    .option('--allow-asset <ASSET>', 'lovelace or POLICY.NAME; again for more; any for all', more)
    .option('--allow-pay-to <ADDRESS>', 'pays this seller only; again for more; any for all', more)
    .option(
      '--quota <QUOTA>',
      'NETWORK/WHAT/day=NUMBER or /month=NUMBER; WHAT is verifications, settlements or an asset; none takes it away',
      more,
    )
    .option('--rate-limit <LIMIT>', 'global, sensitive, lookups or waits, as sensitive=3000', more)
    .option('--sponsorship <LOVELACE>', 'spent for it on one day and network; default: as for any caller');
}
