import { type FundedPayer, fundPayer } from '@x402-facilitator/tools/stack';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { get, type Order, post, signPayment } from '../support/facilitator.js';
import { replica, useStack } from '../support/use-stack.js';
import { chromiumOrSkip, expectQuiet, useBrowser } from './support/browser.js';

/** A provider's message is untrusted text. */
const HOSTILE =
  '</p><script>document.title = "taken"</script><img src=x onerror="document.title = `taken`"> ConwayUtxowFailure (InvalidWitnessesUTXOW)';
const PHONE = { viewport: { width: 375, height: 740 }, deviceScaleFactor: 2 };

const chromium = await chromiumOrSkip();

describe.skipIf(chromium === undefined)('in a browser', () => {
  /** Blocks come only when a test forges one, and at first no worker takes queued settlements. */
  const stack = useStack({
    blockMs: 0,
    workers: 0,
    paywall: false,
  });
  const open = useBrowser(chromium);
  const api = () => replica(stack().apis).url;

  let payer: FundedPayer;
  beforeAll(async () => {
    payer = await fundPayer(stack(), { tokens: 10_000n, outputs: 10 });
  });

  afterEach(() => stack().control.clearFaults());

  async function settle(order: Order): Promise<string> {
    const { transaction, request } = await signPayment(stack(), payer, order);
    const { status } = await post(`${api()}/settle`, request, { prefer: 'respond-async' });
    expect(status).toBe(202);
    return transaction;
  }

  it('/docs describes the API, and an endpoint can be tried there', async () => {
    const visit = await open();
    const { page } = visit;
    await page.goto(`${api()}/docs`);
    const supported = page.locator('.opblock', { has: page.locator('[data-path="/supported"]') });
    await supported.locator('.opblock-summary').click();
    await supported.getByRole('button', { name: 'Execute' }).click();
    const answer = supported.locator('.live-responses-table .response');
    await expect.poll(() => answer.first().textContent()).toContain('cardano:preview');
    await visit.screenshot('docs');
    expectQuiet(visit, api());
  });

  it('a payment’s page follows it from queued to confirmed without a reload', async () => {
    const transaction = await settle({ confirmations: 2 });
    const visit = await open();
    const { page } = visit;
    await page.goto(`${api()}/status/${transaction}`);
    await page.evaluate(() => Reflect.set(globalThis, 'notReloaded', true));
    const headline = page.getByRole('heading', { level: 1 });
    const current = page.locator('[aria-current="step"]');
    expect(await headline.textContent()).toBe('Payment accepted');
    expect(await page.locator('.amount').textContent()).toBe('2 ADA');
    await visit.screenshot('1-queued');

    await stack().startWorker();
    await expect.poll(() => headline.textContent()).toBe('Waiting for a block');
    expect(await current.textContent()).toContain('In a block');
    await visit.screenshot('2-submitted');

    await stack().control.forge();
    await expect.poll(() => headline.textContent()).toBe('In a block');
    await expect.poll(() => current.textContent()).toContain('0 of 2 confirmations');
    await stack().control.forge();
    await expect.poll(() => current.textContent()).toContain('1 of 2 confirmations');
    await visit.screenshot('3-included');
    expect(await visit.accessibilityFaults()).toEqual([]);

    await stack().control.forge();
    await expect.poll(() => headline.textContent()).toBe('Payment confirmed');
    expect(await page.title()).toBe('Payment confirmed · 2 ADA');
    expect(await page.locator('[data-progress="done"]').count()).toBe(4);
    expect(await current.count()).toBe(0);
    // The devnet only imitates preview: no explorer knows its transactions.
    expect(await page.locator('#explorer').count()).toBe(0);
    expect(await page.locator('#news').textContent()).toContain('Payment confirmed');
    expect(await page.evaluate(() => Reflect.get(globalThis, 'notReloaded'))).toBe(true);
    await visit.screenshot('4-confirmed');
    expectQuiet(visit, api());
  });

  it('a page whose event stream is refused says so, and reads the payment again by itself', async () => {
    const { page } = await open();
    await page.clock.install();
    await page.route('**/events', (route) => route.fulfill({ status: 503 }));
    const transaction = await settle({ confirmations: 0 });
    await page.goto(`${api()}/status/${transaction}`);
    const connection = page.locator('#connection');
    await expect.poll(() => connection.textContent()).toBe('The connection is lost. Trying again…');
    await expect.poll(async () => (await get(`${api()}/status/${transaction}`)).body.state).toBe('submitted');
    await stack().control.forge();
    const headline = page.getByRole('heading', { level: 1 });
    await expect
      .poll(async () => {
        await page.clock.runFor(5_000);
        return headline.textContent();
      })
      .toBe('Payment confirmed');
    expect(await connection.textContent()).toBe('');
  });

  it('a failed payment’s page says what happened, and a provider’s message stays text', async () => {
    await stack().control.addFault({
      kind: 'status',
      status: 400,
      operation: 'POST /tx/submit',
      message: HOSTILE,
    });
    const transaction = await settle({ confirmations: 1 });
    const visit = await open({ ...PHONE, colorScheme: 'dark' });
    const { page } = visit;
    await page.goto(`${api()}/status/${transaction}`);
    // Three refusals, ten seconds apart, end a settlement.
    await expect.poll(() => page.getByRole('heading', { level: 1 }).textContent()).toBe('Payment refused');
    expect(await page.getByText(HOSTILE).count()).toBeGreaterThan(0);
    expect(await page.title()).toBe('Payment refused · 2 ADA');
    expect(await page.locator('[data-progress="failed"]').count()).toBe(1);
    expect(await visit.accessibilityFaults()).toEqual([]);
    await visit.screenshot('failed-phone-dark');
    expectQuiet(visit, api());
  });

  it.each([
    { name: 'desktop-light', options: { colorScheme: 'light' } as const },
    { name: 'desktop-dark', options: { colorScheme: 'dark' } as const },
    { name: 'phone-light', options: { ...PHONE, colorScheme: 'light' } as const },
    { name: 'phone-dark', options: { ...PHONE, colorScheme: 'dark' } as const },
  ])('a page is accessible and fits its screen: $name', async ({ name, options }) => {
    const transaction = await settle({ confirmations: 3, asset: stack().token, amount: '1250' });
    const visit = await open(options);
    await visit.page.goto(`${api()}/status/${transaction}`);
    const headline = visit.page.getByRole('heading', { level: 1 });
    await expect.poll(() => headline.textContent()).toBe('Waiting for a block');
    expect(await visit.accessibilityFaults()).toEqual([]);
    expect(await visit.page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
    await visit.screenshot(`pending-${name}`);
    expectQuiet(visit, api());
  });

  it('without scripts the page is complete, and offers to look again', async () => {
    const transaction = await settle({ confirmations: 1 });
    const visit = await open({ javaScriptEnabled: false });
    await visit.page.goto(`${api()}/status/${transaction}`);
    expect(await visit.page.locator('.steps li').count()).toBe(4);
    await visit.page.getByRole('link', { name: 'look again' }).click();
    expect(await visit.page.getByRole('heading', { level: 1 }).count()).toBe(1);
    expectQuiet(visit, api());
  });

  it('an unknown or invalid payment has a page that says so', async () => {
    const visit = await open();
    for (const [id, headline] of [
      ['ab'.repeat(32), 'No such payment here'],
      ['nonsense', 'This is not the address of a payment'],
    ]) {
      await visit.page.goto(`${api()}/status/${id}`);
      expect(await visit.page.getByRole('heading', { level: 1 }).textContent()).toBe(headline);
      expect(await visit.accessibilityFaults()).toEqual([]);
      await visit.screenshot(`problem-${id?.slice(0, 8)}`);
    }
    expect([...visit.hosts]).toEqual([new URL(api()).host]);
  });
});
