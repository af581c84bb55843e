import { readdirSync, readFileSync } from 'node:fs';
import type { Assets } from '@lucid-evolution/lucid';
import { expect, test } from 'vitest';
import { openWallet } from '../src/index.js';
import {
  expectRefused,
  type Granted,
  newAddress,
  priceOf,
  TOKEN,
  withForeignStake,
} from './support/chain.js';
import { atTheDoor, type Door, FEE, OTHER_UNIT, UNIT } from './support/door.js';
import type { Forged } from './support/forge.js';

/** The fair outputs with one of them changed. */
function withAssets({ outputs }: Forged, index: number, assets: Assets): Forged['outputs'] {
  return outputs.map((output, at) =>
    at === index ? { ...output, assets: { ...output.assets, ...assets } } : output,
  );
}

test('a fair payment passes, with a sponsor and without, and is signed once', async () => {
  const { plain, sponsored, lent, own, sign, signatures } = await atTheDoor();
  const { nonce, sponsorshipId } = await sign(plain);
  expect({ nonce, sponsorshipId }).toEqual({
    nonce: `${own.transaction}#${own.index}`,
    sponsorshipId: undefined,
  });
  expect(signatures()).toBe(1);
  expect((await sign(sponsored, lent)).sponsorshipId).toBe('ab'.repeat(16));
  expect(signatures()).toBe(2);
});

const PLAIN: [string, (door: Door) => Partial<Forged>, RegExp][] = [
  [
    'pays an absurd fee',
    ({ plain, held }) => ({
      feeLovelace: 9_000_000n,
      outputs: withAssets(plain, 1, { lovelace: 9_000_000n, ...held }),
    }),
    /expected a fee of at most 1\d{5} lovelace for \d+ bytes, found 9000000/,
  ],
  [
    'takes one lovelace more than price and fee',
    ({ plain }) => ({ outputs: withAssets(plain, 1, { lovelace: 17_999_999n - FEE }) }),
    /expected at most 2172000 lovelace to leave the wallet for this price, found 2172001/,
  ],
  [
    'takes a token beside the price',
    ({ plain }) => ({ outputs: withAssets(plain, 1, { [OTHER_UNIT]: 6n }) }),
    /expected at most 0 [\w.]+ to leave the wallet for this price, found 1/,
  ],
  [
    'pays the seller more',
    ({ plain }) => ({ outputs: withAssets(plain, 0, { lovelace: 2_000_001n }) }),
    /expected 2000000 lovelace for the seller, found 2000001/,
  ],
  [
    'gives the seller a token too',
    ({ plain }) => ({ outputs: withAssets(plain, 0, { [UNIT]: 1n }) }),
    /expected lovelace alone for the seller, found [\w.]+ too/,
  ],
  [
    'pays a stranger',
    ({ plain }) => ({ outputs: plain.outputs.toReversed() }),
    /expected the first output to pay addr_test1\w+, found the address/,
  ],
  [
    'has an output for a stranger',
    ({ plain }) => ({
      outputs: [...plain.outputs, { address: newAddress(), assets: { lovelace: 1_000_000n } }],
    }),
    /expected outputs for the seller, this wallet, found the address/,
  ],
  [
    'has its change at the wallet’s key with a stranger’s stake',
    ({ plain, wallet }) => ({
      outputs: plain.outputs.map((output, at) =>
        at === 1 ? { ...output, address: withForeignStake(wallet.address) } : output,
      ),
    }),
    /expected outputs for the seller, this wallet, found the address/,
  ],
  [
    'spends another output of the wallet’s for nothing',
    ({ plain, own, grant, wallet }) => ({
      inputs: [own, grant(withForeignStake(wallet.address), 50_000_000n)],
      outputs: plain.outputs,
    }),
    /expected at most 2172000 lovelace to leave the wallet for this price, found 52172000/,
  ],
  [
    'spends a stranger’s output that was not lent',
    ({ own, lent }) => ({ inputs: [own, lent] }),
    /expected inputs of this wallet, found \w+#\d+ of addr_test1/,
  ],
  [
    'spends an output that is not on the chain',
    ({ own }) => ({ inputs: [own, { transaction: 'de'.repeat(32), index: 0 }] }),
    /expected the input (de){32}#0 to be unspent, found none at the payer's provider/,
  ],
  ['spends nothing of the wallet’s', () => ({ inputs: [] }), /expected an input of this wallet/],
  ['pays no one', () => ({ outputs: [], feeLovelace: 160_000n }), /expected an output that pays the price/],
  [
    'never ends',
    () => ({ ttl: undefined }),
    /expected an end to the validity of the transaction, found none/,
  ],
  [
    'ends later than its inputs are held',
    ({ plain }) => ({ ttl: (plain.ttl ?? 0n) + 1n }),
    /ends at slot \d+, found/,
  ],
];

test.each(PLAIN)('a payment that %s is not signed', async (_, changeOf, reason) => {
  const door = await atTheDoor();
  await expectRefused(door.sign({ ...door.plain, ...changeOf(door) }), reason, door.signatures);
});

const SPONSORED: [string, (door: Door) => Partial<Forged> & { lent?: Granted }, RegExp][] = [
  [
    'names an output of the wallet’s as the lent one',
    ({ sponsored, own, wallet, grant }) => {
      const lent = grant(wallet.address, 5_000_000_000n);
      return {
        inputs: [own, lent],
        outputs: withAssets(sponsored, 1, { lovelace: 5_000_000_000n - FEE }),
        lent,
      };
    },
    /expected the lent output \w+#\d+ to be the sponsor's, found it behind a key of this wallet/,
  ],
  [
    'sends the sponsor’s change to another address',
    ({ sponsored }) => ({
      outputs: sponsored.outputs.map((output, at) =>
        at === 1 ? { ...output, address: newAddress() } : output,
      ),
    }),
    /expected outputs for the seller, this wallet and the sponsor, found the address/,
  ],
  [
    'keeps a lovelace of the sponsor’s',
    ({ sponsored }) => ({ outputs: withAssets(sponsored, 1, { lovelace: 4_999_999n - FEE }) }),
    /expected at least 4828000 lovelace to go back to the sponsor, found 4827999/,
  ],
  [
    'gives the sponsor nothing back',
    ({ sponsored }) => ({ outputs: sponsored.outputs.filter((_, at) => at !== 1) }),
    /expected one output with the change of the lent one, found 0/,
  ],
  [
    'gives the sponsor tokens',
    ({ sponsored }) => ({ outputs: withAssets(sponsored, 1, { [UNIT]: 1n }) }),
    /expected ADA alone to go back to the sponsor, found tokens/,
  ],
  [
    'lets the wallet pay the fee as well',
    ({ sponsored }) => ({ outputs: withAssets(sponsored, 2, { lovelace: 18_000_000n - FEE }) }),
    /expected at most 2000000 lovelace to leave the wallet for this price, found 2172000/,
  ],
  [
    'leaves the lent output out',
    ({ own }) => ({ inputs: [own] }),
    /expected the lent output \w+#\d+ as input, found none/,
  ],
];

test.each(SPONSORED)('a sponsored payment that %s is not signed', async (_, changeOf, reason) => {
  const door = await atTheDoor();
  const { lent = door.lent, ...change } = changeOf(door);
  await expectRefused(door.sign({ ...door.sponsored, ...change }, lent), reason, door.signatures);
});

test('a token’s min-ADA is the ledger’s minimum, not a builder’s choice', async () => {
  const { plain, payTo, wallet, sign, signatures } = await atTheDoor({ asset: TOKEN, amount: '10' });
  const outputs = [
    { address: payTo, assets: { lovelace: 9_000_000n, [UNIT]: 10n } },
    { address: wallet.address, assets: { lovelace: 11_000_000n - FEE, [UNIT]: 15n, [OTHER_UNIT]: 7n } },
  ];
  const reason = /expected 1\d{6} lovelace to travel with the price, as the ledger wants, found 9000000/;
  await expectRefused(sign({ ...plain, outputs }), reason, signatures);
});

test('limits hold for what the transaction takes', async () => {
  const { plain, sign, signatures } = await atTheDoor();
  const limits = { lovelace: { perPayment: 2_171_999n } };
  await expectRefused(
    sign(plain, undefined, limits),
    /expected at most 2171999 lovelace .* found 2172000/,
    signatures,
  );
  await sign(plain, undefined, { lovelace: { perPayment: 2_172_000n } });
  expect(signatures()).toBe(1);
});

test('a provider that reports absurd fee parameters gets no signature', async () => {
  const { chain, keys, payTo, signatures } = await atTheDoor();
  const parameters = async () => ({ ...(await chain.parameters()), minFeeConstant: 9_000_000n });
  const wallet = await openWallet({ chain: { ...chain, parameters }, secret: keys });
  const price = priceOf(payTo);
  await expectRefused(
    wallet.sign(price, { limits: 'unlimited' }),
    /expected a fee of at most 1000000 lovelace .* found 90\d{5}/,
    signatures,
  );
});

test('there is only one access to the key', () => {
  const directory = new URL('../src/', import.meta.url).pathname;
  const asking = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter(
    (file) =>
      file.endsWith('.ts') && /\bkeys\.sign\(|\.signTx\(/.test(readFileSync(`${directory}${file}`, 'utf8')),
  );
  // The second is the wallet in the browser, which is asked through the first.
  expect(asking.sort()).toEqual(['keys/cip30.ts', 'payment/sign-payment.ts']);
});
