import { join } from 'node:path';
import { assembleWitness, decodeTransaction } from '@x402-facilitator/cardano';
import { cbor } from '@x402-facilitator/cardano/testing';
import { expect, test } from 'vitest';
import { EXIT_CODES } from '../src/cli/exit-codes.js';
import { newSeedPhrase } from '../src/index.js';
import { channelFileStore } from '../src/node/index.js';
import { aheadMs, market, PROVIDER, SCRIPT } from './support/channel-market.js';
import { newHome, run } from './support/run-cli.js';
import { type Said, sellerOf } from './support/seller.js';

/** A program has opened a channel, paid through it, and is gone. Its key and its records are left. */
async function gone(paid = 2) {
  const home = newHome();
  const seedPhrase = newSeedPhrase();
  await run(home, ['key', 'import', '--passphrase-env', 'PASS', '--secret-fd', '3'], {}, `${seedPhrase}\n`);
  const directory = join(home, '.x402-cardano', 'channels');
  const program = await market({ store: await channelFileStore(directory) }, { seedPhrase });
  if (paid === 0) await program.openAlone();
  for (let request = 0; request < paid; request += 1) await program.pay();
  const [record] = await program.client.list();
  if (record === undefined) throw new Error('expected a channel');
  const channels = (command: string, ...args: string[]) => {
    const clock = `const now=Date.now;Date.now=()=>now()+${aheadMs()}`;
    return run(
      home,
      ['channels', command, ...args, '--blockfrost-url', program.devnet.url, '--passphrase-env', 'PASS'],
      { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(clock)}` },
    );
  };
  return {
    ...program,
    ...{ record, channels, directory },
    list: () => run(home, ['channels', 'list']),
    /** A seller with the program’s terms. */
    seller: (answer: (transaction: string) => Promise<Said | 'cut'>) =>
      sellerOf(answer, program.requirements),
  };
}

test('a channel whose program is gone is listed, closed and left', async () => {
  const { record, channels, list, forge, passTime, balance } = await gone();
  const { id, receiver } = record;
  expect(await list()).toEqual({
    code: EXIT_CODES.done,
    output: `${id}  open     0.200000 ADA owed, 0.300000 ADA left  ${receiver}  its opening may be on its way\n`,
    errors: '',
  });
  const early = await channels('leave', id);
  expect(early).toMatchObject({ code: EXIT_CODES.failed, errors: expect.stringContaining('close it') });
  expect(await channels('close', id)).toMatchObject({
    code: EXIT_CODES.open,
    errors: expect.stringMatching(/^sent {6}a transaction that does the close: [0-9a-f]{64}$/m),
  });
  expect((await list()).output).toMatch(/its close may be on its way\n$/);
  forge();
  const closed = await channels('close', id);
  expect(closed).toMatchObject({ code: EXIT_CODES.done });
  const [, from = ''] = /^closed {4}it can be left from (\S+) on$/m.exec(closed.errors) ?? [];
  expect(await channels('leave', id)).toMatchObject({
    code: EXIT_CODES.open,
    errors: expect.stringContaining(`not before ${from}`),
  });
  passTime(Date.parse(from) - Date.now() - aheadMs() + 2_000);
  const before = await balance();
  expect(await channels('leave', id)).toMatchObject({
    code: EXIT_CODES.open,
    errors: expect.stringContaining('does the elapse'),
  });
  forge();
  expect(await channels('leave', id)).toMatchObject({
    code: EXIT_CODES.done,
    errors: expect.stringContaining('nothing is left in it'),
  });
  expect(await balance()).toBeGreaterThan(before + 2_000_000n - 700_000n);
  expect((await list()).output).toBe(`${id}  ended    ${receiver}\n`);
});

test('a channel whose records are lost is found again, and left with the validator that is named', async () => {
  const { record, channels, list, directory, published, forge } = await gone();
  const store = await channelFileStore(directory);
  await store.remove(record.id);
  expect(await list()).toMatchObject({ code: EXIT_CODES.done, output: '' });
  expect(await channels('recover')).toMatchObject({
    code: EXIT_CODES.failed,
    errors: expect.stringContaining('expected a --validator'),
  });
  const found = await channels('recover', '--validator', SCRIPT);
  expect(found).toMatchObject({
    code: EXIT_CODES.done,
    output: `${record.id}  open     0.000000 ADA owed, 0.500000 ADA left\n`,
  });
  expect(await channels('close', record.id)).toMatchObject({
    code: EXIT_CODES.refusedByWallet,
    errors: expect.stringContaining('carries the validator'),
  });
  expect(await channels('close', record.id, '--validator', `${SCRIPT}=${published}`)).toMatchObject({
    code: EXIT_CODES.open,
  });
  forge();
  expect(await channels('close', record.id)).toMatchObject({ code: EXIT_CODES.done });
});

test('a channel is ended together with its seller, and one that takes no refunds is told apart', async () => {
  const { record, channels, list, seller, submit, forge } = await gone(0);
  expect(await channels('refund', record.id, 'http://127.0.0.1:9/')).toMatchObject({
    code: EXIT_CODES.failed,
  });
  const refusing = await seller(async () => ({ status: 402, error: 'no refunds\u001b[2J' }));
  expect(await channels('refund', record.id, refusing.url)).toMatchObject({
    code: EXIT_CODES.refusedBySeller,
    errors: expect.stringMatching(/^refused {3}"no refunds\\u001b\[2J"$/m),
  });
  const cutting = await seller(async () => 'cut');
  expect(await channels('refund', record.id, cutting.url)).toMatchObject({
    code: EXIT_CODES.open,
    errors: expect.stringMatching(/^open {6}the refund [0-9a-f]{64} may still be included/m),
  });
  expect((await list()).output).toContain('its refund may be on its way');
  const signing = await seller(async (transaction) => {
    const bytes = Buffer.from(transaction, 'base64');
    const decoded = decodeTransaction(bytes);
    if (!decoded.ok) throw new Error(decoded.error);
    const { id } = decoded.value;
    await submit(assembleWitness(bytes, PROVIDER.publicKey, PROVIDER.sign(cbor.hex(id))));
    return { status: 200, receipt: { success: true, transaction: id, network: 'cardano:preview' } };
  });
  expect(await channels('refund', record.id, signing.url)).toMatchObject({
    code: EXIT_CODES.done,
    errors: expect.stringMatching(/^refunded {2}by the transaction [0-9a-f]{64}$/m),
  });
  expect(signing.payloads.map(({ payload }) => payload)).toEqual(
    cutting.payloads.map(({ payload }) => payload),
  );
  forge();
  expect(await channels('leave', record.id)).toMatchObject({ code: EXIT_CODES.done });
  expect((await list()).output).toContain(`${record.id}  ended`);
});

test('a seller that is owed too little to be paid alone claims first', async () => {
  const { record, channels, seller } = await gone(1);
  const owed = await seller(async () => ({ status: 402 }));
  expect(await channels('refund', record.id, owed.url)).toMatchObject({
    code: EXIT_CODES.open,
    errors: expect.stringMatching(/^unclaimed the seller is owed 0\.100000 ADA/m),
  });
  expect(owed.shown).toEqual([]);
});

test.each([
  ['no id', ['close'], EXIT_CODES.usage, /missing required argument/],
  ['an unknown command', ['open'], EXIT_CODES.usage, /unknown command/],
  [
    'a validator that is none',
    ['recover', '--validator', 'me'],
    EXIT_CODES.failed,
    /as HASH or HASH=TXHASH#INDEX/,
  ],
])('%s ends with its code and a sentence', async (_, args, code, sentence) => {
  const ended = await run(newHome(), ['channels', ...args]);
  expect(ended.code, ended.errors).toBe(code);
  expect(ended.errors).toMatch(sentence);
});
