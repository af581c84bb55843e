import { join } from 'node:path';
import { MAX_WITHDRAW_DELAY } from '@x402-facilitator/cardano/channels';
import type { Command } from 'commander';
import {
  BatchSettlementCardanoClient,
  type ChannelRecord,
  type Left,
  type Refunded,
} from '../channels/index.js';
import { channelFileStore, readKeyFile } from '../node/index.js';
import { openWallet } from '../payment/index.js';
import { printable } from '../printable.js';
import { EXIT_CODES } from './exit-codes.js';
import { type KeyOptions, many, say, show, withChain } from './options.js';
import { readPassphrase } from './passphrase.js';
import { moneyOf } from './pay.js';
import { type ChainSettings, chainOf, HOME } from './settings.js';

type ChannelSettings = KeyOptions &
  ChainSettings & { readonly channels: string; readonly validator: readonly string[] };

/** Adds `channels`: what a buyer needs when the program that paid through channels is gone. */
export function addChannels(program: Command): void {
  const channels = program
    .command('channels')
    .description('see, end and leave the channels that a program has paid through');
  withRecords(channels.command('list'))
    .description('show the channels of the records: what their sellers are owed, and what is left in them')
    .action(async ({ channels: directory }: Pick<ChannelSettings, 'channels'>) => {
      for (const record of await (await channelFileStore(directory)).list()) show(lineOf(record));
    });
  withWallet(channels.command('recover'))
    .description('find the key’s channels on the chain, and record those that the records do not have')
    .action(async (options: ChannelSettings) => {
      if (options.validator.length === 0)
        throw new Error('expected a --validator whose channels are looked for, found none');
      const client = await openChannels(options);
      for (const record of await client.recover()) show(lineOf(record));
    });
  withWallet(channels.command('refund'))
    .description('end a channel together with its seller, at once')
    .argument('<id>', 'the channel')
    .argument('<url>', 'what its seller sells')
    .action(async (id: string, url: string, options: ChannelSettings) => {
      const client = await openChannels(options);
      const refunded = await client.refund(id, url);
      say(sentenceOf(refunded, (await recordIn(client, id))?.token ?? ''));
      process.exitCode = REFUND_CODES[refunded.kind];
    });
  withWallet(channels.command('close'))
    .description('begin to leave a channel without its seller: the close period runs')
    .argument('<id>', 'the channel')
    .action(async (id: string, options: ChannelSettings) => {
      const client = await openChannels(options);
      const left = await client.close(id);
      const state = (await recordIn(client, id))?.state;
      const isClosed = state === 'closed' || state === 'settled';
      say(
        left.kind === 'wait' && isClosed
          ? `closed    it can be left from ${dateOf(left.atMs)} on`
          : stepOf(left),
      );
      process.exitCode = isClosed || left.kind === 'gone' ? EXIT_CODES.done : EXIT_CODES.open;
    });
  withWallet(channels.command('leave'))
    .description('take the rest out of a closed channel')
    .argument('<id>', 'the channel')
    .action(async (id: string, options: ChannelSettings) => {
      const client = await openChannels(options);
      const left = await client.leave(id);
      say(stepOf(left));
      process.exitCode = left.kind === 'gone' ? EXIT_CODES.done : EXIT_CODES.open;
    });
}

function withRecords(command: Command): Command {
  return command.option(
    '--channels <DIRECTORY>',
    'where channels are recorded, a file for each',
    join(HOME, 'channels'),
  );
}

function withWallet(command: Command): Command {
  return withRecords(withChain(command)).addOption(
    many(
      '--validator <HASH>',
      'a validator that you trust; as HASH=TXHASH#INDEX with an output that carries it, which a recovered channel needs',
      'those of the records',
    ),
  );
}

async function openChannels(options: ChannelSettings) {
  const validators = options.validator.map(validatorIn);
  const chain = chainOf(options, process.env);
  const store = await channelFileStore(options.channels);
  const secret = await readKeyFile(options.key, await readPassphrase(options, 'passphrase'));
  const wallet = await openWallet({ chain, secret });
  say(`wallet    ${wallet.address}`);
  const known = (await store.list()).map(({ scriptHash }) => scriptHash);
  return new BatchSettlementCardanoClient({
    wallet,
    store,
    // Whoever recorded a channel trusted its validator.
    validators: [...new Set([...validators.map(({ hash }) => hash), ...known])],
    referenceScripts: Object.fromEntries(
      validators.flatMap(({ hash, output }) => (output === undefined ? [] : [[hash, output]])),
    ),
    // Nothing is opened or paid for here.
    maxPrice: {},
    limits: {},
    maxWithdrawDelay: MAX_WITHDRAW_DELAY,
  });
}

async function recordIn(client: BatchSettlementCardanoClient, id: string) {
  return (await client.list()).find((record) => record.id === id);
}

function validatorIn(text: string): { readonly hash: string; readonly output: string | undefined } {
  const [, hash, output] = /^([0-9a-f]{56})(?:=(.+))?$/.exec(text) ?? [];
  if (hash === undefined)
    throw new Error(`expected a validator as HASH or HASH=TXHASH#INDEX, found ${JSON.stringify(text)}`);
  return { hash, output };
}

const REFUND_CODES: Readonly<Record<Refunded['kind'], number>> = {
  refunded: EXIT_CODES.done,
  unclaimed: EXIT_CODES.open,
  open: EXIT_CODES.open,
  refused: EXIT_CODES.refusedBySeller,
};

function sentenceOf(refunded: Refunded, token: string): string {
  switch (refunded.kind) {
    case 'refunded':
      return `refunded  by the transaction ${refunded.txHash}`;
    case 'unclaimed':
      return `unclaimed the seller is owed ${moneyOf(String(refunded.owed), token)}, too little to be paid alone: it claims first. Ask again then`;
    case 'open':
      return `open      the refund ${refunded.txHash} may still be included (${printable(refunded.reason)}): ask again, or close`;
    case 'refused':
      return `refused   ${printable(refunded.reason)}`;
  }
}

function stepOf(left: Left): string {
  switch (left.kind) {
    case 'sent':
      return `sent      a transaction that does the ${left.step}: ${left.txHash}`;
    case 'wait':
      return `wait      not before ${dateOf(left.atMs)}, or until the transaction that was sent is on the ledger`;
    case 'gone':
      return 'gone      nothing is left in it';
  }
}

const dateOf = (ms: number) => new Date(ms).toISOString();

function lineOf({ id, state, token, count, subbed, capacity, receiver, transaction }: ChannelRecord): string {
  const less = (one: string, other: string) => moneyOf(String(BigInt(one) - BigInt(other)), token);
  const isHeld = state !== 'ended' && state !== 'void';
  const money = isHeld ? `  ${less(count, subbed)} owed, ${less(capacity, count)} left` : '';
  const seller = receiver === null ? '' : `  ${receiver}`;
  const onItsWay = transaction === null ? '' : `  its ${transaction.kind} may be on its way`;
  return `${id}  ${state.padEnd(7)}${money}${seller}${onItsWay}`;
}
