import { expect, test } from 'vitest';
import {
  expectRefused,
  type Granted,
  newAddress,
  scriptOf,
  tokens,
  withForeignStake,
} from './support/chain.js';
import { LIMITS, lending, visitShop, visitWithoutAda } from './support/hostile-shop.js';

const ADA = 1_000_000n;

test('an honest sponsor’s output pays the fee: one signature, and the wallet loses the price alone', async () => {
  const { grant, wallet, lend, pay, signatures, shown } = await visitWithoutAda();
  lend(lending(grant(newAddress(), 5n * ADA), wallet.address));
  const { status, payment } = await pay();
  expect(status).toBe(200);
  expect(payment?.sponsorshipId).toBe('ab'.repeat(16));
  expect(signatures()).toBe(1);
  expect(shown).toHaveLength(1);
});

test('a shop that asks for half an ADA and lends the payer its own 5 000 ADA gets nothing, and its sponsor is not asked', async () => {
  const { grant, wallet, lend, pay, signatures, asked } = await visitShop({
    price: { asset: 'lovelace', amount: '500000' },
  });
  const own = grant(wallet.address, 5_000n * ADA);
  grant(wallet.address, 50n * ADA);
  lend(lending(own, wallet.address, { changeAddress: newAddress() }));
  await expectRefused(pay(), 'a price of 500000 lovelace cannot be paid', signatures);
  expect(asked).toEqual([]);
});

test('an output of the payer’s that a payment in flight already holds is not lent to it', async () => {
  const { grant, wallet, lend, pay, price, payTo, signatures, asked } = await visitShop();
  const own = grant(wallet.address, 5_000n * ADA);
  await wallet.sign({ ...price, asset: 'lovelace', amount: '2000000', payTo }, { limits: LIMITS });
  const before = signatures();
  grant(wallet.address, 1_300_000n, tokens(25n));
  lend(lending(own, wallet.address, { changeAddress: newAddress() }));
  await expectRefused(pay(), 'found it behind a key of this wallet', () => signatures() - before);
  expect(asked).toHaveLength(1);
});

test('nor one at an address that has the payer’s key and a stranger’s stake', async () => {
  const { grant, wallet, lend, pay, signatures } = await visitWithoutAda();
  const own = grant(withForeignStake(wallet.address), 5_000n * ADA);
  lend(lending(own, wallet.address));
  await expectRefused(pay(), 'found it behind a key of this wallet', signatures);
});

test('nor one of a script that asks for nothing but the payer’s signature', async () => {
  const { grant, wallet, lend, pay, signatures } = await visitWithoutAda();
  lend(lending(grant(scriptOf(wallet.address), 5_000n * ADA), wallet.address));
  await expectRefused(pay(), 'behind a key, found Script', signatures);
});

test.each<[string, (lent: Granted) => Readonly<Record<string, unknown>>, string | RegExp]>([
  [
    'names another address for the change',
    () => ({ changeAddress: newAddress() }),
    /expected the change of the lent output to go back to addr_test1\w+, found addr_test1\w+/,
  ],
  [
    'says that its output holds more than it does',
    (lent) => ({ input: { ...lent, lovelace: '6000000' } }),
    /expected 6000000 lovelace in the lent output .* found 5000000/,
  ],
  [
    'says that its output holds less than it does',
    (lent) => ({ input: { ...lent, lovelace: '4999999' } }),
    /expected 4999999 lovelace in the lent output .* found 5000000/,
  ],
  [
    'claims a wrong address for its output',
    (lent) => ({ input: { ...lent, lovelace: '5000000', address: newAddress() } }),
    /expected the lent output \w+#\d at addr_test1\w+, as the sponsor says, found it at addr_test1\w+/,
  ],
  [
    'lends an output that does not exist',
    (lent) => ({ input: { ...lent, lovelace: '5000000', transaction: 'de'.repeat(32) } }),
    /expected the lent output (de){32}#\d to be unspent, found none at the payer's provider/,
  ],
  [
    'would keep more than it lends',
    () => ({ maxFeeLovelace: '99000000000' }),
    'expected a lent output of more than 99001200000 lovelace',
  ],
  [
    'pays less than the fee',
    () => ({ maxFeeLovelace: '1000' }),
    /the facilitator pays a fee of at most 1000 lovelace, this takes \d+/,
  ],
])('a sponsor that %s gets no signature', async (_, change, reason) => {
  const { grant, wallet, lend, pay, signatures, shown } = await visitWithoutAda();
  const lent = grant(newAddress(), 5n * ADA);
  lend(lending(lent, wallet.address, change(lent)));
  await expectRefused(pay(), reason, signatures);
  expect(shown).toEqual([]);
});

test('a sponsor that lends tokens with its ADA gets no signature', async () => {
  const { grant, wallet, lend, pay, signatures } = await visitWithoutAda();
  lend(lending(grant(newAddress(), 5n * ADA, tokens(1n)), wallet.address));
  await expectRefused(pay(), /expected ADA alone in the lent output/, signatures);
});

test.each([
  ['more than the wallet has', { asset: 'lovelace', amount: '9000000' }, 'does not have enough funds'],
  ['a token that the wallet has too little of', { amount: '26' }, 'does not have enough funds'],
  ['another transfer method', { extra: { assetTransferMethod: 'masumi' } }, 'expected the transfer method'],
  ['a payee that is not an address', { payTo: 'addr_test1invalid' }, /addr_test1invalid/],
])('a sponsor is not asked when the shop wants %s', async (_, price, reason) => {
  const { pay, signatures, asked } = await visitWithoutAda({ price });
  await expectRefused(pay(), reason, signatures);
  expect(asked).toEqual([]);
});

test('a sponsor is not asked when every output is in use', async () => {
  const { grant, wallet, price, pay, signatures, asked } = await visitShop();
  grant(wallet.address, 20n * ADA, tokens(25n));
  await wallet.sign(price, { limits: LIMITS });
  const before = signatures();
  await expectRefused(pay(), 'has no UTxO that is not already used', () => signatures() - before);
  expect(asked).toEqual([]);
});

const oneAda = { ...LIMITS, lovelace: { perPayment: 1_000_000n } };

test('a limit of one ADA counts a token’s min-ADA', async () => {
  const { grant, wallet, pay, signatures } = await visitShop({ payer: { limits: oneAda } });
  grant(wallet.address, 20n * ADA, tokens(25n));
  await expectRefused(
    pay(),
    /expected at most 1000000 lovelace to leave the wallet, .* found 1\d{6}/,
    signatures,
  );
});

test('and when a sponsor pays the fee and leaves the min-ADA to the payer', async () => {
  const { grant, wallet, lend, pay, signatures } = await visitShop({ payer: { limits: oneAda } });
  // Enough for the paying output and its own, but too little for the fee.
  grant(wallet.address, 2_350_000n, tokens(25n));
  lend(lending(grant(newAddress(), 5n * ADA), wallet.address, { minAdaLovelace: '0' }));
  await expectRefused(
    pay(),
    /expected at most 1000000 lovelace to leave the wallet, .* found 1\d{6}/,
    signatures,
  );
});

test('a limit counts the fee: a price equal to the limit is refused', async () => {
  const { grant, wallet, pay, signatures } = await visitShop({
    price: { asset: 'lovelace', amount: '10000000' },
  });
  grant(wallet.address, 50n * ADA);
  await expectRefused(pay(), /expected at most 10000000 lovelace .* found 10\d{6}/, signatures);
});
