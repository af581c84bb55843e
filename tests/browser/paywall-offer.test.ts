import { describe, expect, it, onTestFinished } from 'vitest';
import { chromiumOrSkip } from './support/browser.js';
import { DECLINED, REFUSED } from './support/cip30-wallet.js';
import { expectAlert, expectHeadline, expectQuiet, look, payButton, usePaywall } from './support/paywall.js';
import { HOSTILE } from './support/paywall-shop.js';

const chromium = await chromiumOrSkip();

describe.skipIf(chromium === undefined)('the page for people, before it is paid', () => {
  const { stack, open, shop, visit, makeBlocks } = usePaywall(chromium);

  it('takes a no: to connecting, and to signing', async () => {
    const visitor = await visit();
    const { page, wallet } = visitor;
    await page.goto(`${shop().url}/report`);
    wallet.onEnable = REFUSED;
    await payButton(page).click();
    await expectAlert(page, 'You did not connect Test Wallet. Nothing was paid.');
    wallet.onEnable = 'silence';
    await payButton(page).click();
    await expectHeadline(page, 'Connect Test Wallet');
    await look(visitor, 'connecting');
    await page.getByRole('button', { name: 'Back' }).click();
    await expectAlert(page, 'You did not connect Test Wallet. Nothing was paid.');
    wallet.onEnable = { code: -2, info: 'The wallet is broken' };
    await payButton(page).click();
    await expectAlert(
      page,
      'Test Wallet could not make the payment: The wallet is broken. Nothing was paid.',
    );
    await look(visitor, 'wallet-failed');
    wallet.onEnable = undefined;
    wallet.onSign = DECLINED;
    await payButton(page).click();
    await expectAlert(page, 'You did not sign. Nothing was paid.');
    expect(await visitor.accessibilityFaults()).toEqual([]);
    await visitor.screenshot('paywall-4-declined');
    const before = (await stack().control.submissions()).length;
    wallet.onSign = undefined;
    makeBlocks();
    await payButton(page).click();
    await expectHeadline(page, 'Paid. Here it is');
    expect((await stack().control.submissions()).length).toBe(before + 1);
    expectQuiet(visitor, shop().url);
  });

  it('tells a wallet on another network, one without money, and one without money for the fee', async () => {
    const visitor = await visit({ lovelace: 0n });
    const { page, wallet } = visitor;
    await page.goto(`${shop().url}/report`);
    wallet.networkId = 1;
    await payButton(page).click();
    await expectAlert(page, 'Test Wallet is on another network. Switch it to Cardano Preview');
    await look(visitor, 'wrong-network');
    wallet.networkId = 0;
    await payButton(page).click();
    await expectAlert(page, 'the price is 2 ADA, and it holds 0 ADA');
    await look(visitor, 'too-little');
    await stack().control.fund({ address: wallet.address, lovelace: 2_000_000n });
    await payButton(page).click();
    await expectAlert(page, 'too little ADA in addition for the fee');
    await look(visitor, 'too-little-fee');
    expect(wallet.signatures).toBe(0);
  });

  it('signs nothing when the price has changed, or when the browser keeps nothing', async () => {
    const visitor = await visit();
    const { page, wallet } = visitor;
    await page.goto(`${shop().url}/changing`);
    shop().changing.lovelace = 3_000_000;
    await payButton(page).click();
    await expectAlert(page, 'The price has changed since this page was loaded.');
    await look(visitor, 'price-changed');
    await page.getByRole('button', { name: 'Load again' }).click();
    await expect.poll(() => page.locator('.price').textContent()).toBe('3 ADA');
    await page.addInitScript(() =>
      Object.defineProperty(globalThis, 'localStorage', {
        get() {
          throw new Error('not here');
        },
      }),
    );
    await page.reload();
    await payButton(page).click();
    await expectAlert(page, 'This browser lets the page keep nothing');
    await look(visitor, 'no-storage');
    expect(wallet.signatures).toBe(0);
  });

  it('shows hostile words as words, from the seller, the query and the wallets', async () => {
    const visitor = await visit({
      wallet: { name: `Test Wallet\u202e ${HOSTILE}`, icon: 'javascript:window.taken=5', key: 'test' },
    });
    const { page } = visitor;
    for (const path of [
      '/hostile',
      `/report?${encodeURIComponent(HOSTILE)}&"><script>window.taken=6</script>`,
    ]) {
      await page.goto(`${shop().url}${path}`);
      const pay = page.getByRole('button', { name: /^Pay with Test Wallet/ });
      await pay.waitFor();
      expect(await pay.textContent()).not.toContain('\u202e');
      if (path === '/hostile') expect(await page.locator('h1').textContent()).toBe(HOSTILE);
      expect(await page.locator('main img, iframe, object, a').count()).toBe(0);
      expect(await page.locator('script').count()).toBe(1);
      expect(await page.locator('[href^="javascript:" i], [src^="javascript:" i]').count()).toBe(0);
    }
    makeBlocks();
    await page.goto(`${shop().url}/hostile`);
    await page.getByRole('button', { name: /^Pay with Test Wallet/ }).click();
    await expectHeadline(page, 'Paid. Here it is');
    expect(await page.evaluate('window.taken')).toBeUndefined();
    expectQuiet(visitor, shop().url);
  });

  it('says so when there is no wallet, and finds one that comes late', async () => {
    const visitor = await open();
    const { page } = visitor;
    onTestFinished(() => page.context().close());
    await page.goto(`${shop().url}/report`);
    await expectHeadline(page, 'No Cardano wallet found');
    await look(visitor, 'no-wallet');
    await page.evaluate(() =>
      Reflect.set(globalThis, 'cardano', {
        late: { apiVersion: '1', name: 'Late', icon: '', enable: async () => undefined },
        broken: { enable: 1 },
        get hostile() {
          throw new Error('no');
        },
      }),
    );
    await page
      .getByRole('button', { name: 'Look again' })
      .click({ timeout: 2_000 })
      .catch(() => undefined);
    await page.getByRole('button', { name: 'Pay with Late' }).waitFor();
    expect(await page.locator('.wallets button').count()).toBe(1);
  });

  it('speaks the browser’s language', async () => {
    const { page } = await visit({ locale: 'de-AT' });
    await page.goto(`${shop().url}/report`);
    await expectHeadline(page, 'Mit Ihrer Wallet zahlen');
    expect(await page.locator('html').getAttribute('lang')).toBe('de');
    expect(await page.locator('.title').textContent()).toBe('Zahlung nötig');
  });

  it('is accessible and fits every screen, light and dark, from the price to what was bought', async () => {
    const visitor = await visit();
    const { page, wallet } = visitor;
    await page.goto(`${shop().url}/hostile`);
    await payButton(page).waitFor();
    await look(visitor, 'hostile');
    await page.goto(`${shop().url}/choice`);
    await payButton(page).waitFor();
    await look(visitor, 'choice');
    wallet.onSign = DECLINED;
    await page.goto(`${shop().url}/report`);
    await payButton(page).click();
    await expectAlert(page, 'You did not sign');
    await look(visitor, 'declined');
    wallet.onSign = 'silence';
    await payButton(page).click();
    await expectHeadline(page, 'Confirm in Test Wallet');
    await look(visitor, 'signing');
    // The wallet was closed without an answer.
    await page.reload();
    wallet.onSign = undefined;
    await payButton(page).click();
    await expectHeadline(page, 'Your payment is on its way');
    await look(visitor, 'progress');
    makeBlocks();
    await expectHeadline(page, 'Paid. Here it is');
    await look(visitor, 'delivered');
  });

  it('says that it needs scripts where there are none', async () => {
    // axe is a script, so it cannot look at this state.
    const visitor = await open({ javaScriptEnabled: false });
    onTestFinished(() => visitor.page.context().close());
    await visitor.page.goto(`${shop().url}/report`);
    await visitor.page.locator('noscript .notice').waitFor();
    expect(await visitor.page.locator('.loading').isVisible()).toBe(false);
    await visitor.screenshot('paywall-no-script');
  });

  it('says so when it is what a form was answered with: it cannot send the form again', async () => {
    const visitor = await visit();
    const { page } = visitor;
    await page.setContent(`<form method="post" action="${shop().url}/order"><button>Order</button></form>`);
    await page.getByRole('button', { name: 'Order' }).click();
    await page.getByText('This page cannot make this payment').waitFor();
    expect(await page.getByRole('button').count()).toBe(0);
    await look(visitor, 'not-payable');
    expectQuiet(visitor, shop().url);
  });
});
