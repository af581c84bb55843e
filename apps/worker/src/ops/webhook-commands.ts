import type { Command } from 'commander';
import { commandGroup, expecting, readAge, readTime, readTxHash } from './arguments.js';
import type { Connected } from './command.js';
import {
  listDead,
  listWebhooks,
  removeWebhook,
  replayWebhooks,
  rotateWebhook,
  setWebhook,
  showWebhook,
  testWebhook,
} from './commands/webhooks.js';

/** The commands about webhooks. @param now POSIX milliseconds. */
export function addWebhookCommands(program: Command, connected: Connected, now: () => number): void {
  const webhooks = commandGroup(program, 'webhooks', {
    description:
      'endpoints of keys: set KEY URL, list, show KEY, rotate KEY, remove KEY, test KEY, dead KEY, replay',
    expected: 'webhooks set KEY URL, list, show KEY, rotate KEY, remove KEY, test KEY, dead KEY or replay',
  });
  const ofKey = (name: string) =>
    expecting('the name of one key', webhooks.command(name)).argument('<KEY>', 'the name of an API key');
  expecting('the name of a key and one URL', webhooks.command('set'))
    .description('sends the ends of its settlements there; prints the secret of a new endpoint')
    .argument('<KEY>', 'the name of an API key')
    .argument('<URL>', 'https, on the public internet')
    .action(connected(setWebhook));
  webhooks
    .command('list')
    .description('all endpoints, and what waits for them')
    .option('--json', 'for programs')
    .action(connected(listWebhooks));
  ofKey('show')
    .description('one endpoint, and what it last came to')
    .option('--secret', 'its secret, too')
    .option('--json', 'for programs')
    .action(connected(showWebhook));
  ofKey('rotate')
    .description('gives it a new secret, and prints it')
    .option(
      '--overlap <TIME>',
      'how long the last one signs too: 90m, 24h (default), 7d; 0s: not at all',
      readAge,
    )
    .action(connected(rotateWebhook));
  ofKey('remove').description('forgets it, and all that waits for it').action(connected(removeWebhook));
  ofKey('test').description('sends it webhook.test, and says what came of it').action(connected(testWebhook));
  ofKey('dead')
    .description('events that were given up')
    .option('--json', 'for programs')
    .action(connected(listDead));
  expecting('one transaction id, or --key KEY with --dead or --since WHEN', webhooks.command('replay'))
    .description('sends events once more, with the ids that they had')
    .argument('[TX]', 'of a settlement that has ended', readTxHash)
    .option('--key <KEY>', 'of this key')
    .option('--dead', 'all that were given up')
    .option('--since <WHEN>', 'of settlements that ended from then on', (text) =>
      readTime('--since', text, now()),
    )
    .option('--until <WHEN>', 'the moment after the last', (text) => readTime('--until', text, now()))
    .action(connected(replayWebhooks));
}
