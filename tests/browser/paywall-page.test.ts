import { startFaultProxy } from '@x402-facilitator/server/testing';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { replica, useStack } from '../support/use-stack.js';
import { chromiumOrSkip, useBrowser, type WatchedPage } from './support/browser.js';
import { installWallet, DECLINED, REFUSED, type WalletOptions } from './support/cip30-wallet.js';
import { HOSTILE, startPaywallShop } from './support/paywall-shop.js';

const chromium = await chromiumOrSkip();

describe.skipIf(chromium === undefined)('the page for people', () => {
  /** A block comes only when a test makes one. */
  const stack = useStack({ blockMs: 0, paywall: false });
  const open = useBrowser(chromium);
  let shop: Awaited<ReturnType<typeof startPaywallShop>>;
  beforeAll(async () => {
    shop = await startPaywallShop(stack(), replica(stack().apis).url);
  });
  afterAll(() => shop?.stop());

  /** A visitor with a wallet, and money in it. */
  async function visit({
    lovelace = 100_000_000n,
    tokens = 0n,
    wallet: walletOptions = {},
    ...options
  }: BrowserContextOptions & {
    readonly lovelace?: bigint;
    readonly tokens?: bigint;
    readonly wallet?: WalletOptions;
  } = {}) {
    const watched = await open(options);
    const context = watched.page.context();
    onTestFinished(() => context.close());
    const wallet = await installWallet(context, stack(), walletOptions);
    if (lovelace > 0n) await stack().control.fund({ address: wallet.address, lovelace, tokens });
    return { ...watched, context, wallet };
  }

  /** Makes blocks until the test ends, as fast as payments come. */
  function makeBlocks() {
    const timer = setInterval(() => void stack().control.forge().catch(() => undefined), 150);
    onTestFinished(() => clearInterval(timer));
  }

  const headline = (page: Page) => page.getByRole('heading', { level: 2 });
  const expectHeadline = (page: Page, text: string) => expect.poll(() => headline(page).textContent()).toBe(text);
  const alert = (page: Page) => page.getByRole('alert');
  const payButton = (page: Page) => page.getByRole('button', { name: 'Pay with Test Wallet' });
  const paidTo = async (transaction: string) => stack().control.submission(transaction);
  const transactionOf = async (page: Page) => (await page.locator('.transaction dd').textContent()) ?? '';

  it('is paid with a wallet, follows the payment, and shows what was bought', async () => {
    const visitor = await visit();
    const { page, wallet } = visitor;
    const response = await page.goto(`${shop.url}/report`);
    expect(response?.status()).toBe(402);
    await payButton(page).click();
    await expectHeadline(page, 'Your payment is on its way');
    const transaction = await transactionOf(page);
    makeBlocks();
    await expectHeadline(page, 'Paid. Here it is');
    expect(await page.locator('pre').textContent()).toContain('"trend": "sideways"');
    expect(wallet.signatures).toBe(1);
    expect(await paidTo(transaction)).toMatchObject({ submitted: 1, onChain: true });
  });
});
