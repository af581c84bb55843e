import { createHash } from 'node:crypto';
import type { AssetId } from '@x402-facilitator/cardano';
import { claimOf, txHash } from '@x402-facilitator/journal/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Harness, NETWORK, startHarness } from './support/harness.js';
import { type RunningApi, startApi } from './support/start-api.js';

/** The Accept header of Chromium when a person opens a link. */
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8';
const HOSTILE = `"><script>alert(1)</script><img src=x onerror='alert(2)'>`;

let harness: Harness;
let api: RunningApi;

beforeAll(async () => {
  harness = await startHarness();
  api = await harness.startApi();
});

afterAll(() => harness.close());

async function get(path: string, accept: string | undefined = BROWSER, url = api.url) {
  const response = await fetch(url + path, { headers: accept === '' ? {} : { accept } });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

let seeds = 0;

/** A new settlement, just accepted. */
async function claimed(claim: Parameters<typeof claimOf>[1] = {}) {
  seeds += 1;
  await harness.journal.claim(claimOf(seeds, claim));
  return txHash(seeds);
}

describe('GET /status/:transaction', () => {
  test.each([
    ['a browser', BROWSER, 'text/html'],
    ['HTML by name', 'text/html', 'text/html'],
    ['JSON', 'application/json', 'application/json'],
    ['JSON rather than HTML', 'application/json, text/html;q=0.5', 'application/json'],
    ['anything', '*/*', 'application/json'],
    ['nothing', '', 'application/json'],
    ['an image', 'image/png', 'application/json'],
  ])(
    'answers a request for %s with its type, and says that the answer varies',
    async (_who, accept, type) => {
      const { status, headers } = await get(`/status/${await claimed()}`, accept);
      expect(status).toBe(200);
      expect(headers.get('content-type')).toBe(`${type}; charset=utf-8`);
      expect(headers.get('vary')).toBe('accept');
      expect(headers.get('cache-control')).toBe('no-store');
    },
  );

  test('the page names its style and script by their hashes, and permits nothing else', async () => {
    const { headers, text } = await get(`/status/${await claimed()}`);
    const hashOf = (tag: string) => {
      const content = new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(text)?.[1] ?? '';
      expect(content.length).toBeGreaterThan(500);
      return `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
    };
    expect(headers.get('content-security-policy')).toBe(
      `default-src 'none'; style-src ${hashOf('style')}; script-src ${hashOf('script')}; connect-src 'self'; ` +
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect(text).not.toMatch(/\s(?:on\w+|style)=/);
    expect(text).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  });

  test('the page shows the payment’s progress, in words and marks', async () => {
    const transaction = await claimed({ requiredConfirmations: 3 });
    const seen = [];
    for (const state of [
      undefined,
      'submitting',
      'ambiguous',
      'submitted',
      'included',
      'confirmed',
    ] as const) {
      if (state !== undefined) await harness.advance(transaction, state);
      const { text } = await get(`/status/${transaction}`);
      const marks = [...text.matchAll(/<li data-progress="(\w+)"/g)].map(([, progress]) => progress?.[0]);
      seen.push([/<h1>(.*)<\/h1>/.exec(text)?.[1], marks.join(''), /data-live="(\w+)"/.exec(text)?.[1]]);
    }
    expect(seen).toEqual([
      ['Payment accepted', 'dcww', 'true'],
      ['Sending the payment', 'dcww', 'true'],
      ['Checking with Cardano', 'dcww', 'true'],
      ['Waiting for a block', 'ddcw', 'true'],
      ['In a block', 'dddc', 'true'],
      ['Payment confirmed', 'dddd', 'false'],
    ]);
  });

  test('the page of a payment that needs no block does not wait for one', async () => {
    const transaction = await claimed({ requiredConfirmations: -1 });
    const { text } = await get(`/status/${transaction}`);
    expect(text.match(/<li data-progress/g)).toHaveLength(3);
    expect(text).not.toContain('<p class="step">In a block');
  });

  test.each([
    ['lovelace', 1_234_500_000n, '1,234.5 ADA'],
    ['c48cbb3d5e57ed56e276bc45f99ab39abe94e6cd7ac39fb402da47ad.0014df105553444d', 10_000n, '0.01 USDM'],
    // A token is not USDM just because its name says so.
    [`${'ab'.repeat(28)}.0014df105553444d`, 2_000_000n, '2,000,000 units of “USDM”'],
    [`${'ab'.repeat(28)}.00ff`, 7n, '7 units of token abababab…'],
  ])('the page writes an amount as people do: %s', async (asset, amount, written) => {
    const { text } = await get(`/status/${await claimed({ asset: asset as AssetId, amount })}`);
    expect(text).toContain(`<p class="amount">${written}</p>`);
  });

  test('strangers’ text is escaped everywhere on the page', async () => {
    const transaction = await claimed({ payer: HOSTILE, payTo: HOSTILE, asset: HOSTILE as AssetId });
    await harness.advance(transaction, 'submitting');
    await harness.journal.transition({
      network: NETWORK,
      txHash: transaction,
      from: ['submitting'],
      to: 'failed',
      change: { errorReason: HOSTILE, errorMessage: `${HOSTILE} (1)`, lastProviderMessage: `${HOSTILE} (2)` },
    });
    const { text } = await get(`/status/${transaction}`);
    expect(text.match(/<script/g)).toHaveLength(1);
    expect(text).not.toContain('<img');
    const escaped =
      '&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=&#39;alert(2)&#39;&gt;';
    expect(text.split(escaped)).toHaveLength(7);
  });

  test('the page links to an explorer of its network, once there is something to see', async () => {
    // Nothing answers at that address, and it is never called. It is not on this machine, so it may be the public
    // chain.
    const url = 'https://blockfrost.invalid/api/v0';
    const elsewhere = await startApi(
      { redisUrl: harness.redisUrl, chainUrl: url },
      { X402_CHAIN__BLOCKFROST__PROJECT_ID: 'previewOfNobody' },
    );
    try {
      const transaction = await claimed();
      const link = `href="https://preview.cardanoscan.io/transaction/${transaction}"`;
      const page = async (at: RunningApi) => (await get(`/status/${transaction}`, BROWSER, at.url)).text;
      expect(await page(elsewhere)).not.toContain(link);
      await harness.advance(transaction, 'submitting', 'submitted', 'included');
      expect(await page(elsewhere)).toContain(link);
      // A devnet only imitates a public network.
      expect(await page(api)).not.toContain(link);
    } finally {
      await elsewhere.close();
    }
  });
});

describe('instead of a payment’s page', () => {
  const unknown = `/status/${'cd'.repeat(32)}`;

  test.each([
    ['an unknown transaction', unknown, 404, 'No such payment here'],
    [
      'an invalid transaction id',
      `/status/${encodeURIComponent(HOSTILE)}`,
      400,
      'This is not the address of a payment',
    ],
  ])('%s has its own page', async (_what, path, status, headline) => {
    const page = await get(path);
    expect(page.status).toBe(status);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('vary')).toBe('accept');
    expect(page.text).toContain(`<h1>${headline}</h1>`);
    expect(page.text.match(/<script/g)).toHaveLength(1);
    const json = await get(path, 'application/json');
    expect(json.status).toBe(status);
    expect(json.headers.get('content-type')).toBe('application/json; charset=utf-8');
  });

  test('a caller without a key gets a page that says so, where a status is not public', async () => {
    const closed = await harness.startApi({
      X402_SECURITY__PUBLIC_STATUS: 'false',
      X402_SECURITY__API_KEYS: JSON.stringify([{ name: 'shop', sha256: 'ab'.repeat(32) }]),
    });
    const transaction = await claimed();
    const { status, headers, text } = await get(`/status/${transaction}`, BROWSER, closed.url);
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toContain('Bearer');
    expect(text).toContain('This payment is not public');
    expect(text).not.toContain('addr_test1payer');
  });

  test('pages say when a caller asks too often, and when the journal is away', async () => {
    const limited = await harness.startApi({ X402_RATE_LIMIT__SENSITIVE: '1' });
    await get(unknown, BROWSER, limited.url);
    const { status, headers, text } = await get(unknown, BROWSER, limited.url);
    expect(status).toBe(429);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(text).toContain('Too many requests');
    const alone = await startApi({ redisUrl: 'redis://127.0.0.1:9' });
    try {
      const away = await get(unknown, BROWSER, alone.url);
      expect(away.status).toBe(503);
      expect(away.text).toContain('Not available right now');
    } finally {
      await alone.close();
    }
  });
});
