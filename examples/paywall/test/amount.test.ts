import { expect, test } from 'vitest';
import { parseCardanoPrice } from '../src/index.js';

const TOKEN = `${'ab'.repeat(28)}.74657374`;

test.each([
  ['2.5 ADA', { asset: 'lovelace', amount: '2500000' }],
  ['2 ada', { asset: 'lovelace', amount: '2000000' }],
  ['0.000001 ADA', { asset: 'lovelace', amount: '1' }],
  ['1500000 lovelace', { asset: 'lovelace', amount: '1500000' }],
  [`10 ${TOKEN}`, { asset: TOKEN, amount: '10' }],
])('%s is a price', (price, amount) => {
  expect(parseCardanoPrice(price)).toStrictEqual(amount);
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
])('%s is not a price', (price) => {
  expect(() => parseCardanoPrice(price)).toThrow(/expected .*, found/);
});

test('an amount that is not positive and whole is not a price', () => {
  expect(() => parseCardanoPrice({ asset: 'lovelace', amount: '1.5' })).toThrow('found "1.5" of lovelace');
});
