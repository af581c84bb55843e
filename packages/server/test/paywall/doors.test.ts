import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { cardanoPaywall } from '../../src/paywall/index.js';
import { show, signFor } from '../support/buyer.js';
import { FRAMEWORKS, startShop } from '../support/shops.js';
import { useWorld } from '../support/world.js';

const world = useWorld();
const BROWSER = { accept: 'text/html,*/*;q=0.8', 'user-agent': 'Mozilla/5.0', 'accept-language': 'de' };

describe.each(FRAMEWORKS)('behind %s', (framework) => {
  const open = () =>
    startShop(world.stack(), {
      framework,
      facilitatorUrl: world.stack().apis[0]?.url ?? '',
      handle: (run) => ({
        body: Buffer.from(`made by run ${run}`),
        headers: { 'content-type': 'text/html' },
      }),
      paywall: cardanoPaywall(),
    });

  it('a browser gets the page and its files, and a program what it always got', async () => {
    const { url } = await open();
    const page = await fetch(`${url}/report?a=1`, { headers: BROWSER });
    expect(page.status).toBe(402);
    expect(page.headers.get('payment-required')).not.toBeNull();
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page.headers.get('x-frame-options')).toBe('DENY');
    expect(page.headers.get('cache-control')).toBe('no-store');
    const html = await page.text();
    expect(html).toContain('<html lang="de">');
    const files = [...html.matchAll(/(?:href|src)="(\?x402-paywall=[^"]+)" integrity="sha384-([^"]+)"/g)];
    expect(files.length).toBe(2);
    for (const [, query, digest] of files) {
      const file = await fetch(new URL(query ?? '', `${url}/report?a=1`));
      expect(file.status).toBe(200);
      expect(file.headers.get('cache-control')).toContain('immutable');
      expect(file.headers.get('x-content-type-options')).toBe('nosniff');
      const bytes = Buffer.from(await file.arrayBuffer());
      expect(createHash('sha384').update(bytes).digest('base64')).toBe(digest);
    }
    expect((await fetch(`${url}/report?x402-paywall=other.js`)).status).toBe(402);

    const program = await fetch(`${url}/report`);
    expect(program.status).toBe(402);
    expect(program.headers.get('content-type')).toContain('application/json');
    expect(program.headers.get('content-security-policy')).toBeNull();
  });

  it('a bought page opens again for its buyer, at its address, and for no one else', async () => {
    const { url, runs } = await open();
    const identifier = `buyer-${framework}-0000000001`;
    const paid = await signFor(world.stack(), `${url}/report`, (payload) => ({
      ...payload,
      extensions: { 'payment-identifier': { info: { required: false, id: identifier } } },
    }));
    const visit = async (path: string, cookie: string) => {
      const answer = await fetch(url + path, { headers: { ...BROWSER, cookie } });
      return `${answer.status} ${answer.status === 200 ? await answer.text() : ''}`;
    };
    const cookie = `a=b; x402-purchase=${paid.txHash}.${identifier}; c=d`;
    expect(await visit('/report', cookie)).toBe('402 ');
    expect((await show(`${url}/report`, paid.header)).status).toBe(200);
    expect(await visit('/report', cookie)).toBe('200 made by run 1');
    expect(await visit('/report', cookie)).toBe('200 made by run 1');
    expect(await visit('/report?other', cookie)).toBe('402 ');
    for (const stranger of [
      `x402-purchase=${paid.txHash}.another-buyer-000001`,
      `x402-purchase=${'0'.repeat(64)}.${identifier}`,
      `x402-purchase=${paid.txHash}.`,
      `x402-purchase=${paid.txHash}`,
      `not-x402-purchase=${paid.txHash}.${identifier}`,
    ])
      expect(await visit('/report', stranger)).toBe('402 ');
    // The payment itself is still answered.
    expect((await show(`${url}/report`, paid.header)).body.toString()).toBe('made by run 1');
    expect(runs.length).toBe(1);
  });
});
