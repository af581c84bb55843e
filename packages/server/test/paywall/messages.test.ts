import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { describeAmount } from '../../src/paywall/amount.js';
import { en } from '../../src/paywall/messages/en.js';
import { chooseLanguage, fill, LANGUAGES } from '../../src/paywall/messages/index.js';

const placeholders = (message: string) => (message.match(/\{\w+\}/g) ?? []).sort();

it.each(Object.entries(LANGUAGES))('%s has every message, with the same names to fill in', (_, messages) => {
  expect(Object.keys(messages).sort()).toEqual(Object.keys(en).sort());
  for (const [key, message] of Object.entries(messages)) {
    expect(message.trim()).not.toBe('');
    expect([key, placeholders(message)]).toEqual([key, placeholders(en[key as keyof typeof en])]);
  }
});

it('every file of words is a language, and every message is said somewhere', () => {
  const folder = new URL('../../src/paywall/messages/', import.meta.url);
  const files = readdirSync(folder).map((name) => name.replace(/\.ts$/, ''));
  expect(files.filter((name) => name !== 'index' && name !== 'fill').sort()).toEqual(
    Object.keys(LANGUAGES).sort(),
  );
  const sources = ['../../src/paywall/', '../../page/'].flatMap((path) => {
    const place = new URL(path, import.meta.url);
    return readdirSync(place)
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(new URL(name, place), 'utf8'));
  });
  const text = sources.join('\n');
  expect(Object.keys(en).filter((key) => !new RegExp(`'${key}'|messages\\.${key}\\b`).test(text))).toEqual(
    [],
  );
});

it.each([
  ['', 'en'],
  ['de', 'de'],
  ['de-AT,de;q=0.9,en;q=0.8', 'de'],
  ['fr,en;q=0.5,de;q=0.7', 'de'],
  ['de;q=0, en', 'en'],
  ['fr', 'en'],
  ['deu', 'en'],
  [`${'x,'.repeat(5_000)}de`, 'en'],
])('Accept-Language "%.30s" is answered in %s', (header, language) => {
  expect(chooseLanguage(header).language).toBe(language);
});

it('fills in names once, and only those that are given', () => {
  expect(fill('{a} and {b}', { a: '{b}', constructor: 'x' })).toBe('{b} and {b}');
});

it.each([
  ['lovelace', 2_000_000n, 'en', '2 ADA'],
  ['lovelace', 1_234_567_890n, 'en', '1,234.56789 ADA'],
  ['lovelace', 1_234_500_000n, 'de', '1.234,5 ADA'],
  ['lovelace', 1n, 'en', '0.000001 ADA'],
  [`${'ab'.repeat(28)}.0014df105553444d`, 10n, 'en', '10 units of “USDM” (abababab…)'],
  [`${'ab'.repeat(28)}.e280ae`, 10n, 'en', '10 units of abababab…'],
  [`${'ab'.repeat(28)}.`, 1n, 'en', '1 units of abababab…'],
])('%.12s: %s is written in %s as %s', (asset, amount, language, text) => {
  const { messages } = chooseLanguage('en');
  const labels = { lovelace: { symbol: 'ADA', decimals: 6 } };
  expect(describeAmount(asset, amount, { language, messages, labels })).toBe(text);
});
