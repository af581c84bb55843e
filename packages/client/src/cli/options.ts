import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { PassphraseSource } from './passphrase.js';
import { HOME } from './settings.js';

/** Where the key is, and what opens it. */
export type KeyOptions = PassphraseSource & { readonly key: string };

export const say = (line: string) => process.stderr.write(`${line}\n`);
export const show = (line: string) => process.stdout.write(`${line}\n`);
export const each = (value: string, previous: readonly string[] = []) => [...previous, value];
export const seconds = (value: string): number => {
  if (!/^\d{1,6}$/.test(value)) throw new InvalidArgumentError('expected whole seconds');
  return Number(value);
};

export function withKey(command: Command): Command {
  return command
    .option('--key <FILE>', 'the encrypted key', join(HOME, 'key.json'))
    .option('--passphrase-env <NAME>', 'the environment variable that holds the passphrase')
    .option('--passphrase-fd <N>', 'the open file whose first line is the passphrase');
}

export function withNetwork(command: Command): Command {
  return command.option('--network <NAME>', 'mainnet, preprod or preview', 'preview');
}

/** An option that may be given many times. `absent` says in the help what holds without it. */
export const many = (flags: string, description: string, absent: string) =>
  new Option(flags, description).argParser(each).default([], absent);

/** What every command takes that reads the chain for a wallet. */
export function withChain(command: Command): Command {
  return withNetwork(withKey(command))
    .option(
      '--blockfrost-url <URL>',
      'where the chain is read: a server with Blockfrost’s API. Without it Blockfrost, where BLOCKFROST_PROJECT_ID is set; else Koios',
    )
    .option('--koios-url <URL>', 'a server with Koios’s API, in place of the public one');
}
