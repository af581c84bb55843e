#!/usr/bin/env node
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { keysOf, newSeedPhrase } from '../keys/index.js';
import { fileStore, readKeyFile, writeKeyFile } from '../node/index.js';
import { openWallet } from '../payment/index.js';
import { createBuyer } from '../purchase/index.js';
import { RefusedPaymentError } from '../refused-payment-error.js';
import { addChannels } from './channels.js';
import { EXIT_CODES } from './exit-codes.js';
import {
  each,
  type KeyOptions,
  many,
  say,
  seconds,
  show,
  withChain,
  withKey,
  withNetwork,
} from './options.js';
import { ask, firstLineOf, readPassphrase } from './passphrase.js';
import { limitsOf, pay } from './pay.js';
import { type ChainSettings, chainOf, HOME } from './settings.js';

/** What every command that buys takes. */
function withBuyer(command: Command): Command {
  return withChain(command)
    .option(
      '--purchases <DIRECTORY>',
      'where purchases are kept, a file for each, to go on with them',
      join(HOME, 'purchases'),
    )
    .addOption(many('--max-per-seller <AMOUNT>', 'the most in 24 hours to one seller', 'no limit'));
}

const program = new Command('x402-cardano')
  .description('Buys what x402 sells for ADA and Cardano tokens, within limits.')
  .exitOverride()
  .addHelpText(
    'after',
    `\nExit codes: ${Object.entries(EXIT_CODES)
      .map(([name, code]) => `${code} ${name}`)
      .join(', ')}`,
  );

withBuyer(program.command('pay'))
  .description('buy a resource; the same command again goes on with the same payment')
  .argument('<url>', 'where the resource is')
  .requiredOption(
    '--max <AMOUNT>',
    'the most that one payment may take with its fee, such as 3ADA; once for each asset',
    each,
  )
  .addOption(many('--max-per-day <AMOUNT>', 'the most in 24 hours', 'no limit'))
  .option('--method <METHOD>', 'the HTTP method', 'GET')
  .option('--data <TEXT>', 'the body of the request')
  .addOption(many('--header <LINE>', 'a header of the request, as "name: value"', 'none'))
  .option('--patience <SECONDS>', 'how long to show a payment again', seconds, 300)
  .addHelpText(
    'after',
    '\nExample: x402-cardano pay https://shop.example/report --network preview --max 3ADA',
  )
  .action(
    async (
      url: string,
      options: KeyOptions &
        ChainSettings & {
          readonly max: string[];
          readonly maxPerDay: string[];
          readonly maxPerSeller: string[];
          readonly method: string;
          readonly data?: string;
          readonly header: string[];
          readonly purchases: string;
          readonly patience: number;
        },
    ) => {
      const limits = limitsOf(options);
      const chain = chainOf(options, process.env);
      const secret = await readKeyFile(options.key, await readPassphrase(options, 'passphrase'));
      const { code, bought } = await pay({
        url,
        init: {
          method: options.method,
          headers: options.header.map(headerOf),
          ...(options.data === undefined ? {} : { body: options.data }),
        },
        limits,
        chain,
        secret,
        store: await fileStore(options.purchases),
        patienceMs: options.patience * 1000,
        say,
      });
      if (bought !== undefined) {
        if (typeof bought.body === 'string') process.stdout.write(bought.bytes);
        else show(JSON.stringify(bought.body, null, 2));
      }
      process.exitCode = code;
    },
  );

withBuyer(program.command('mcp'))
  .description(
    'serve an agent over standard input and output (Model Context Protocol), within limits that it cannot raise',
  )
  .requiredOption(
    '--max <AMOUNT>',
    'the most that one payment may take with its fee, such as 3ADA; once for each asset',
    each,
  )
  .requiredOption('--max-per-day <AMOUNT>', 'the most in 24 hours', each)
  .option('--patience <SECONDS>', 'how long one call shows a payment again', seconds, 60)
  .action(
    async (
      options: KeyOptions &
        ChainSettings &
        Parameters<typeof limitsOf>[0] & {
          readonly purchases: string;
          readonly patience: number;
        },
    ) => {
      if (options.passphraseEnv === undefined && options.passphraseFd === undefined)
        throw new Error('expected --passphrase-env or --passphrase-fd: standard input is the agent’s');
      const limits = limitsOf(options);
      const chain = chainOf(options, process.env);
      const secret = await readKeyFile(options.key, await readPassphrase(options, 'passphrase'));
      const wallet = await openWallet({ chain, secret });
      const store = await fileStore(options.purchases);
      const buyer = createBuyer({ wallet, limits, store, patienceMs: options.patience * 1000 });
      // Only who wants it needs the SDK.
      const [{ createMcpServer }, { StdioServerTransport }] = await Promise.all([
        import('../mcp/index.js'),
        import('@modelcontextprotocol/sdk/server/stdio.js'),
      ]).catch((cause: unknown) => {
        throw new Error('expected @modelcontextprotocol/sdk to be installed beside this package', { cause });
      });
      await createMcpServer({ buyer, limits }).connect(new StdioServerTransport());
      say(`serving   ${wallet.address}`);
    },
  );

addChannels(program);

const key = program.command('key').description('make or import a key, and show its address');

withKey(key.command('new'))
  .description('make a new key, and print its 24 words once, on standard output: write them down')
  .action(async (options: KeyOptions) => {
    const seedPhrase = newSeedPhrase();
    await writeNew(options, { seedPhrase });
    say('words     they are the key, and are shown this once: write them down');
    show(seedPhrase);
  });

withKey(key.command('import'))
  .description('import a mnemonic or a private key, which is asked for')
  .option('--secret-fd <N>', 'the open file whose first line is the secret')
  .action(async (options: KeyOptions & { readonly secretFd?: string }) => {
    const text =
      options.secretFd === undefined
        ? await ask('mnemonic or private key')
        : firstLineOf(Number(options.secretFd));
    const secret = /^ed25519e?_sk1/.test(text.trim())
      ? { privateKey: text.trim() }
      : { seedPhrase: text.trim() };
    await keysOf(secret, 'cardano:preprod');
    await writeNew(options, secret);
  });

withNetwork(withKey(key.command('address')))
  .description('show the address of a key')
  .action(async (options: KeyOptions & ChainSettings) => {
    const { network } = chainOf(options, process.env);
    const secret = await readKeyFile(options.key, await readPassphrase(options, 'passphrase'));
    show((await keysOf(secret, network)).address);
  });

async function writeNew(options: KeyOptions, secret: Parameters<typeof writeKeyFile>[1]): Promise<void> {
  const passphrase = await readPassphrase(options, 'new passphrase');
  if (passphrase.length < 8)
    throw new Error('expected a passphrase of at least 8 characters, found a shorter one');
  await mkdir(dirname(options.key), { recursive: true, mode: 0o700 });
  await writeKeyFile(options.key, secret, passphrase);
  say(`written   ${options.key}`);
}

function headerOf(line: string): [string, string] {
  const [, name, value] = /^([\w-]+):\s*(.*)$/.exec(line) ?? [];
  if (name === undefined || value === undefined)
    throw new Error(`expected a header as "name: value", found ${JSON.stringify(line)}`);
  return [name, value];
}

/** `fetch failed` alone does not help. The cause says what failed. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${wordsOf(error.cause)}`;
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError)
    process.exitCode = error.exitCode === 0 ? EXIT_CODES.done : EXIT_CODES.usage;
  else {
    say(wordsOf(error));
    process.exitCode = error instanceof RefusedPaymentError ? EXIT_CODES.refusedByWallet : EXIT_CODES.failed;
  }
}
