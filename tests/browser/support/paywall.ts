import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
import { replica, useStack } from '../../support/use-stack.js';
import { useBrowser, type WatchedPage } from './browser.js';
import { installWallet, type WalletOptions } from './cip30-wallet.js';
import { startPaywallShop } from './paywall-shop.js';

export type Visitor = BrowserContextOptions & {
  readonly lovelace?: bigint;
  readonly tokens?: bigint;
  readonly wallet?: WalletOptions;
};

/** Every 402 is an error on the console of a browser; each test that breaks connections says so. */
const UNPAID = /status of 402/;
/** The narrowest phone that WCAG names, a tablet, a desk. */
const WIDTHS = [320, 768, 1280] as const;

export const second = () => Math.floor(Date.now() / 1000);
export const headline = (page: Page) => page.getByRole('heading', { level: 2 });
export const expectHeadline = (page: Page, text: string) =>
  expect.poll(() => headline(page).textContent()).toBe(text);
export const expectAlert = (page: Page, text: string) =>
  expect.poll(() => page.getByRole('alert').textContent()).toContain(text);
export const payButton = (page: Page) => page.getByRole('button', { name: 'Pay with Test Wallet' });
export const transactionOf = async (page: Page) =>
  (await page.locator('.transaction dd').textContent()) ?? '';

/** The page complained of nothing, and talked to its shop alone. */
export function expectQuiet({ complaints, hosts }: WatchedPage, url: string, allowed = UNPAID): void {
  expect(complaints.filter((each) => !UNPAID.test(each) && !allowed.test(each))).toEqual([]);
  expect([...hosts]).toEqual([new URL(url).host]);
}

/** The page as it stands is accessible, and fits every screen, light and dark. */
export async function look(visitor: WatchedPage, state: string, page = visitor.page): Promise<void> {
  const before = page.viewportSize();
  for (const colorScheme of ['light', 'dark'] as const)
    for (const width of WIDTHS) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      const fits = await page.evaluate('document.documentElement.scrollWidth <= innerWidth');
      expect([state, width, fits]).toEqual([state, width, true]);
      // Each scheme at one end: axe looks at colours and structure, which no width changes.
      if (width === (colorScheme === 'light' ? 1280 : 320))
        expect([state, width, await visitor.accessibilityFaults(page)]).toEqual([state, width, []]);
      await visitor.screenshot(`paywall-${state}-${width}-${colorScheme}`, page);
    }
  if (before !== null) await page.setViewportSize(before);
  await page.emulateMedia({ colorScheme: null });
}

/** Two shops with the page for people on one stack, and visitors with wallets. A block comes only when a test makes one. */
export function usePaywall(chromium: string | undefined) {
  const stack = useStack({ blockMs: 0, paywall: false });
  const open = useBrowser(chromium);
  const facilitatorUrl = () => replica(stack().apis).url;
  type Shop = Awaited<ReturnType<typeof startPaywallShop>>;
  let shops: readonly [Shop, Shop] | undefined;
  beforeAll(async () => {
    const start = (settleWithinMs: number) =>
      startPaywallShop(stack(), { facilitatorUrl: facilitatorUrl(), settleWithinMs });
    shops = await Promise.all([start(15_000), start(300)]);
  });
  afterAll(() => Promise.all((shops ?? []).map((each) => each.stop())));
  const up = () => {
    if (shops === undefined) throw new Error('The shops are not up yet');
    return shops;
  };

  return {
    stack,
    open,
    facilitatorUrl,
    shop: () => up()[0],
    /** Tells buyers soon that their payment is pending. */
    hasty: () => up()[1],

    /** A visitor with a wallet, and money in it. */
    async visit({ lovelace = 100_000_000n, tokens = 0n, wallet: about = {}, ...options }: Visitor = {}) {
      const watched = await open(options);
      const context = watched.page.context();
      onTestFinished(() => context.close());
      const wallet = await installWallet(context, stack(), about);
      if (lovelace > 0n) await stack().control.fund({ address: wallet.address, lovelace, tokens });
      return { ...watched, context, wallet };
    },

    /** Makes blocks until the test ends. */
    makeBlocks() {
      const timer = setInterval(
        () =>
          void stack()
            .control.forge()
            .catch(() => undefined),
        100,
      );
      onTestFinished(() => clearInterval(timer));
    },

    async expectPaidOnce(transaction: string, wallet: { readonly signatures: number }) {
      expect(wallet.signatures).toBe(1);
      expect(await stack().control.submission(transaction)).toMatchObject({ onChain: true, applied: 1 });
    },
  };
}
