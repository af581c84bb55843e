import { expect, test } from 'vitest';
import { ExactCardanoScheme } from '../../src/index.js';

const scheme = new ExactCardanoScheme();
const parsePrice = (price: Parameters<typeof scheme.parsePrice>[0]) =>
  scheme.parsePrice(price, 'cardano:preview');

const TOKEN = `${'ab'.repeat(28)}.74657374`;

test.each([
  ['2.5 ADA', { asset: 'lovelace', amount: '2500000' }],
  ['2 ada', { asset: 'lovelace', amount: '2000000' }],
  ['0.000001 ADA', { asset: 'lovelace', amount: '1' }],
  ['1500000 lovelace', { asset: 'lovelace', amount: '1500000' }],
  [`10 ${TOKEN}`, { asset: TOKEN, amount: '10' }],
])('%s is a price', async (price, amount) => {
  expect(await parsePrice(price)).toStrictEqual(amount);
});

test.each([
  '$1',
  '1',
  '0 ADA',
  '1.0000001 ADA',
  '-1 lovelace',
  '01 lovelace',
  '1 USDM',
  `1 ${TOKEN.toUpperCase()}`,
])('%s is not a price', async (price) => {
  await expect(parsePrice(price)).rejects.toThrow(/expected .*, found/);
});

test('an amount that is not positive and whole is not a price', async () => {
  await expect(parsePrice({ asset: 'lovelace', amount: '1.5' })).rejects.toThrow('found "1.5" of lovelace');
});
