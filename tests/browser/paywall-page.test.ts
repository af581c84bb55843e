import { readFileSync } from 'node:fs';
import { createBuyer } from '@x402-facilitator/client';
import { startFaultProxy } from '@x402-facilitator/server/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SELLERS, startSeller } from '../support/start-seller.js';
import { chromiumOrSkip } from './support/browser.js';
import {
  expectAlert,
  expectHeadline,
  expectQuiet,
  headline,
  look,
  payButton,
  second,
  transactionOf,
  usePaywall,
} from './support/paywall.js';

const chromium = await chromiumOrSkip();

describe.skipIf(chromium === undefined)('the page for people', () => {
  const { stack, facilitatorUrl, shop, hasty, visit, makeBlocks, expectPaidOnce } = usePaywall(chromium);

  it('is paid with a wallet, follows the payment, and shows what was bought', async () => {
    const visitor = await visit({ viewport: { width: 560, height: 600 } });
    const { page, wallet } = visitor;
    const response = await page.goto(`${shop().url}/report`);
    expect(response?.status()).toBe(402);
    const headers = response?.headers() ?? {};
    expect(headers['payment-required']).toBeDefined();
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; .*connect-src 'self';.*frame-ancestors 'none'$/,
    );
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers['cache-control']).toBe('no-store');
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Market report, November 2026');
    expect(await page.locator('.price').textContent()).toBe('2 ADA');
    expect(await page.locator('#place').textContent()).toBe(`${new URL(shop().url).host}/report`);
    expect(await visitor.accessibilityFaults()).toEqual([]);
    await visitor.screenshot('paywall-1-offer');

    await payButton(page).click();
    await expectHeadline(page, 'Your payment is on its way');
    expect(await page.locator('[aria-current="step"]').textContent()).toContain('Confirmed on Cardano');
    await expect.poll(() => page.getByRole('status').textContent()).toContain('next block');
    expect(await visitor.accessibilityFaults()).toEqual([]);
    await visitor.screenshot('paywall-2-progress');
    const transaction = await transactionOf(page);

    makeBlocks();
    await expectHeadline(page, 'Paid. Here it is');
    expect(await page.locator('pre').textContent()).toContain('"trend": "sideways"');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Paid. Here it is');
    expect(await visitor.accessibilityFaults()).toEqual([]);
    await visitor.screenshot('paywall-3-delivered');
    await expectPaidOnce(transaction, wallet);
    expectQuiet(visitor, shop().url);

    // Opened as any page is, by its address; for an hour.
    const opened = page.waitForResponse((each) => each.request().isNavigationRequest());
    await page.getByRole('button', { name: 'Open' }).click();
    expect((await opened).status()).toBe(200);
    await expect.poll(() => page.locator('body').textContent()).toContain('sideways');
    expect((await page.reload())?.status()).toBe(200);
    expect(shop().runs.filter((path) => path === '/report')).toEqual(['/report']);
    await expectPaidOnce(transaction, wallet);

    // Without the cookie the page knows what was bought.
    await visitor.context.clearCookies();
    const tab = await visitor.context.newPage();
    await tab.goto(`${shop().url}/report`);
    await expectHeadline(tab, 'You have bought this');
    await look(visitor, 'bought', tab);
    await tab.getByRole('button', { name: 'Open it again' }).click();
    await expectHeadline(tab, 'Paid. Here it is');
    await expectPaidOnce(transaction, wallet);
  });

  it('opens a bought page by its address, with its own policy and its own script', async () => {
    const { page, wallet } = await visit();
    makeBlocks();
    await page.goto(`${shop().url}/article?for=me`);
    await payButton(page).click();
    await expect.poll(() => page.title()).toBe('The article, with its own script');
    expect(await page.locator('h1').textContent()).toBe('What was bought');
    expect(await page.evaluate('getComputedStyle(document.querySelector("h1")).color')).toBe('rgb(1, 2, 3)');
    expect(wallet.signatures).toBe(1);
    // Another address of the same path is not bought by that.
    await page.goto(`${shop().url}/article?for=you`);
    await expectHeadline(page, 'Pay with your wallet');
  });

  it('gives a page that the shop could not keep as a file, once, and does not turn in circles', async () => {
    const { page, wallet } = await visit();
    makeBlocks();
    await page.goto(`${shop().url}/large`);
    await payButton(page).click();
    await expectHeadline(page, 'Paid. Here it is');
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Save as a file' }).click();
    const file = await download;
    expect(file.suggestedFilename()).toBe('large.html');
    expect(readFileSync(await file.path(), 'utf8')).toContain('What was bought');
    expect(wallet.signatures).toBe(1);
  });

  it('shows a picture as a picture, and a paper as a file', async () => {
    const visitor = await visit();
    const { page } = visitor;
    makeBlocks();
    await page.goto(`${shop().url}/picture`);
    await payButton(page).click();
    await expectHeadline(page, 'Paid. Here it is');
    await expect.poll(() => page.evaluate('document.querySelector("img.preview").naturalWidth')).toBe(1);
    await look(visitor, 'delivered-picture');
    await page.goto(`${shop().url}/paper.pdf`);
    await payButton(page).click();
    await expectHeadline(page, 'Paid. Here it is');
    await look(visitor, 'delivered-file');
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Save as a file' }).click();
    expect((await download).suggestedFilename()).toBe('paper.pdf');
  });

  it('lets a person choose the currency, and takes nothing but the price', async () => {
    const { page, wallet } = await visit({ tokens: 25n });
    await page.goto(`${shop().url}/choice`);
    await page.getByRole('radio').nth(1).check();
    await payButton(page).click();
    await expectHeadline(page, 'Your payment is on its way');
    makeBlocks();
    await expectHeadline(page, 'Paid. Here it is');
    expect(wallet.signatures).toBe(1);
  });

  it('goes on with the same payment when its tab was closed, without asking the wallet, on a slow chain', async () => {
    const visitor = await visit();
    const { page, context, wallet } = visitor;
    await page.goto(`${hasty().url}/report`);
    await payButton(page).click();
    await expectHeadline(page, 'Your payment is on its way');
    const transaction = await transactionOf(page);
    await expect.poll(() => page.getByRole('button', { name: 'Try now' }).isVisible()).toBe(true);
    await look(visitor, 'pending');

    // Meanwhile another tab waits for the first.
    const second = await context.newPage();
    await second.goto(`${hasty().url}/report`);
    await expectHeadline(second, 'This payment goes on in another tab');
    await look(visitor, 'second-tab', second);
    await page.close();
    await expectHeadline(second, 'Going on with your payment');
    expect(await transactionOf(second)).toBe(transaction);
    await look(visitor, 'resumed', second);
    await second.close();

    const third = await context.newPage();
    // Long after: the page says that the chain is slow.
    await third.clock.install({ time: Date.now() + 180_000 });
    await third.goto(`${hasty().url}/report`);
    await expectHeadline(third, 'Going on with your payment');
    await expect
      .poll(() => third.locator('[aria-current="step"]').textContent())
      .toContain('The chain is slow');
    await look(visitor, 'slow-chain', third);
    expect(await transactionOf(third)).toBe(transaction);
    makeBlocks();
    await expect
      .poll(async () => {
        await third.clock.runFor(6_000);
        return headline(third).textContent();
      })
      .toBe('Paid. Here it is');
    expect(hasty().runs.filter((path) => path === '/report').length).toBe(1);
    await expectPaidOnce(transaction, wallet);
  });

  it('shows the same payment again when the answer is lost, and when the shop was away', async () => {
    const between = await startFaultProxy(shop().url);
    onTestFinished(() => between.stop());
    const visitor = await visit();
    const { page, wallet } = visitor;
    await page.goto(`${between.url}/article?lost`);
    const paid = () => between.seen.filter(({ headers }) => headers['payment-signature'] !== undefined);
    between.plan(() => {
      const nth = paid().length - 1;
      if (nth === 0) return { kind: 'status', status: 504 };
      // Within the headers, within the body.
      if (nth === 1) return { kind: 'cut', at: 40 };
      return nth === 2 ? { kind: 'cut', at: between.answerBytes() - 10 } : { kind: 'pass' };
    });
    makeBlocks();
    await payButton(page).click();
    await expect.poll(() => page.title()).toBe('The article, with its own script');
    const shown = new Set(paid().map(({ headers }) => headers['payment-signature']));
    expect([paid().length, shown.size]).toEqual([4, 1]);
    expect(wallet.signatures).toBe(1);
    expectQuiet(visitor, between.url, /ERR_|status of (?:404|504)/);
  });

  it('pays with the same money after a refusal, and again only when a person has looked and the first cannot happen', async () => {
    const visitor = await visit();
    const { page, wallet } = visitor;
    const stale = await wallet.unspent();
    makeBlocks();
    // Its money is spent elsewhere, and the wallet does not know yet.
    const elsewhere = createBuyer({ wallet: await wallet.elsewhere(), limits: 'unlimited' });
    expect((await elsewhere.buy(`${shop().url}/paper.pdf`)).outcome).toBe('delivered');
    // Within one second the same money and the same price would make the same transaction.
    const paidAt = second();
    await expect.poll(second).not.toBe(paidAt);
    wallet.staleOutputs = stale;
    await page.goto(`${shop().url}/picture`);
    await payButton(page).click();
    await expectAlert(page, 'The shop refused the payment');
    await look(visitor, 'refused');
    expect(wallet.signatures).toBe(1);

    // Now it knows. What spent the money may have been the payment that was refused.
    wallet.staleOutputs = undefined;
    await payButton(page).click();
    await expectHeadline(page, 'The shop has not delivered');
    await look(visitor, 'undelivered');
    const refused = await transactionOf(page);
    await page.getByRole('button', { name: 'Pay again…' }).click();
    await expectHeadline(page, 'Pay a second time?');
    expect(await page.getByText('can still happen until').count()).toBe(1);
    expect(await page.getByRole('button', { name: 'It is not there' }).count()).toBe(0);
    await look(visitor, 'pay-again-early');

    // Its time is up.
    await page.clock.setFixedTime(Date.now() + 15 * 60_000);
    await page.getByRole('button', { name: 'Back' }).click();
    await page.getByRole('button', { name: 'Pay again…' }).click();
    await page.getByRole('button', { name: 'It is not there: pay again' }).waitFor();
    await look(visitor, 'pay-again');
    await page.getByRole('button', { name: 'It is not there: pay again' }).click();
    await payButton(page).waitFor();
    await page.clock.setFixedTime(Date.now());
    await payButton(page).click();
    await expectHeadline(page, 'Paid. Here it is');
    expect(await transactionOf(page)).not.toBe(refused);
    expect(await stack().control.submission(refused)).toBeUndefined();
  });

  it('is paid by keyboard alone, and the focus goes along', async () => {
    const { page } = await visit({ reducedMotion: 'reduce' });
    const focused = () => page.evaluate('document.activeElement.textContent');
    await page.goto(`${shop().url}/paper.pdf`);
    await payButton(page).waitFor();
    await page.keyboard.press('Tab');
    expect(await focused()).toContain('Pay with Test Wallet');
    makeBlocks();
    await page.keyboard.press('Enter');
    await expectHeadline(page, 'Paid. Here it is');
    expect(await focused()).toBe('Paid. Here it is');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Open');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Save as a file');
  });

  const NEWEST = SELLERS.filter(({ name }) => !/2\.[01]\.0$/.test(name));
  it.each(NEWEST)('works behind $name', async (seller) => {
    const { url, process } = await startSeller(stack(), seller, { FACILITATOR_URL: facilitatorUrl() });
    onTestFinished(async () => void (await process.stop()));
    const visitor = await visit();
    const { page, wallet } = visitor;
    makeBlocks();
    const response = await page.goto(`${url}/report`);
    expect(response?.headers()['content-security-policy']).toContain("frame-ancestors 'none'");
    await payButton(page).click();
    await expectHeadline(page, 'Paid. Here it is');
    expect(await page.locator('pre').textContent()).toContain('Market report');
    await page.getByRole('button', { name: 'Open' }).click();
    await expect.poll(() => page.locator('body').textContent()).toMatch(/^\{"title":"Market report"/);
    expect(wallet.signatures).toBe(1);
    // The browser asks for a shop's icon, where the shop is opened.
    expectQuiet(visitor, url, /status of 404/);
  });
});
