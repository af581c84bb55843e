import type { PaymentRequired } from '@x402/core/types';
import { expect, it } from 'vitest';
import { runPageVisit } from '../../src/page-visit/index.js';
import { cardanoPaywall } from '../../src/paywall/index.js';

const HOSTILE = '</script></title>"\'><img src=x onerror=alert(1)><script>alert(1)</script>&lt;';
const PAY_TO = 'addr_test1vzpwq95z3xyum8vqndgdd9mdnmafh3djcxnc6jemlgdmswcve6tkw';

const required = (changes: Partial<PaymentRequired> = {}): PaymentRequired => ({
  x402Version: 2,
  resource: { url: 'https://shop.example/report?a=1', description: 'A report', mimeType: '' },
  accepts: [
    {
      scheme: 'exact',
      network: 'cardano:preview',
      asset: 'lovelace',
      amount: '2000000',
      payTo: PAY_TO,
      maxTimeoutSeconds: 600,
      extra: {},
    },
  ],
  ...changes,
});
const [ada] = required().accepts;
if (ada === undefined) throw new Error('expected a price');

it('whatever a seller or a buyer wrote is text', async () => {
  const extra = { assetTransferMethod: 'script', datum: HOSTILE };
  const html = cardanoPaywall({
    assets: [{ asset: `${'ab'.repeat(28)}.`, symbol: HOSTILE, decimals: 2 }],
  }).generateHtml({
    ...required(),
    error: HOSTILE,
    resource: { url: `javascript:${HOSTILE}`, description: HOSTILE, serviceName: HOSTILE, mimeType: HOSTILE },
    accepts: [
      { ...ada, payTo: HOSTILE, extra },
      { ...ada, asset: `${'ab'.repeat(28)}.`, extra },
    ],
  });
  expect(html.match(/<script/g)).toEqual(['<script']);
  expect(html).not.toContain('<img');
  expect(html).not.toMatch(/(?:href|src)="(?!\?x402-paywall=|data:,")/);
});

it('a page without a payment that it can make says so, and finds no wallet', () => {
  const paywall = cardanoPaywall();
  for (const unpayable of [
    required({ accepts: [] }),
    required({ accepts: [{ ...ada, network: 'eip155:8453' }] }),
    required({ accepts: [{ ...ada, extra: { assetTransferMethod: 'masumi' } }] }),
  ])
    expect(paywall.generateHtml(unpayable)).toContain('This page cannot make this payment');
  const posted = runPageVisit({ method: 'POST', acceptLanguage: undefined }, () =>
    paywall.generateHtml(required()),
  );
  expect(posted).toContain('This page cannot make this payment');
});

it('speaks one language where the seller says so, and those that the seller adds', () => {
  const visit = { method: 'GET', acceptLanguage: 'fr' };
  const page = (options: Parameters<typeof cardanoPaywall>[0]) =>
    runPageVisit(visit, () => cardanoPaywall(options).generateHtml(required()));
  expect(page({ language: 'de' })).toContain('Zahlung nötig');
  expect(page({})).toContain('<html lang="en">');
  const french = page({ languages: { fr: { title: 'Paiement requis' } } });
  expect(french).toContain('<html lang="fr">');
  expect(french).toContain('Paiement requis');
  expect(french).toContain('This page needs JavaScript');
  expect(() => cardanoPaywall({ languages: { 'not a tag': {} } })).toThrow(RangeError);
  expect(() => cardanoPaywall({ language: 'fr' })).toThrow('expected one of the languages en, de, found fr');
});
