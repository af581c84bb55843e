import { fundPayer } from '@x402-facilitator/tools/stack';
import { describe, expect, it } from 'vitest';
import { post, signPayment } from '../support/facilitator.js';
import { replica, useStack } from '../support/use-stack.js';
import { chromiumOrSkip, expectQuiet, useBrowser } from './support/browser.js';

const HOSTILE = '</p><script>document.title = "taken"</script><img src=x onerror="document.title = `taken`">';
const PHONE = { viewport: { width: 375, height: 740 }, deviceScaleFactor: 2 };

const chromium = await chromiumOrSkip();

describe.skipIf(chromium === undefined)('in a browser', () => {
  const stack = useStack({ paywall: false, settings: { X402_DISCOVERY__ENABLED: 'true' } });
  const open = useBrowser(chromium);
  const api = () => replica(stack().apis).url;

  it('a seller looks up a URL, and reads why it is not listed; strangers’ text stays text', async () => {
    const payer = await fundPayer(stack());
    const url = 'https://shop.example/weather';
    const { request } = await signPayment(stack(), payer, { resource: url, confirmations: 0 });
    const declared = {
      info: { input: { type: 'http', method: 'GET', queryParams: { [HOSTILE]: 1 } } },
      schema: {
        properties: { input: { properties: { queryParams: { additionalProperties: { const: HOSTILE } } } } },
      },
    };
    const paymentPayload = { ...request.paymentPayload, extensions: { bazaar: declared } };
    const { body } = await post(`${api()}/settle`, { ...request, paymentPayload });
    expect(body).toMatchObject({ success: true });

    const visit = await open(PHONE);
    const { page } = visit;
    await page.goto(`${api()}/discovery/status`);
    const headline = page.getByRole('heading', { level: 1 });
    expect(await headline.textContent()).toBe('Is your resource listed?');
    expect(await visit.accessibilityFaults()).toEqual([]);
    await visit.screenshot('discovery-form');
    await page.getByLabel('The URL that buyers pay for').fill(`${url}?city=Bern`);
    await page.getByRole('button', { name: 'Look it up' }).click();

    await expect.poll(() => headline.textContent()).toBe('It is not listed');
    expect(await page.locator('[data-code="schema_mismatch"]').count()).toBe(2);
    expect(await page.locator('main').textContent()).toContain(HOSTILE.slice(0, 40));
    expect(await page.locator('script, img').count()).toBe(0);
    expect(await page.title()).toBe('It is not listed');
    expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
    expect(await visit.accessibilityFaults()).toEqual([]);
    await visit.screenshot('discovery-not-listed');

    await page.goto(`${api()}/discovery/status?resource=${encodeURIComponent(`javascript:${HOSTILE}`)}`);
    expect(await page.locator('[data-code="url_refused"]').count()).toBe(1);
    expect(await page.locator('script, img').count()).toBe(0);
    expectQuiet(visit, api());
  });
});
