import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, expect } from 'vitest';
import { programsOrSkip } from '../../support/or-skip.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The folder for screenshots, for a person to look at. Unset: none are kept. */
const SCREENSHOTS = process.env.SCREENSHOTS;

/** A page that records everything that it should not do. */
export type WatchedPage = {
  readonly page: Page;
  /** Errors on the console, exceptions, and violations of the security policy. */
  readonly complaints: readonly string[];
  /** Hosts of all its requests. */
  readonly hosts: ReadonlySet<string>;
  /** The violations of WCAG 2.2 AA and of best practices that axe finds, on this page or on another one of its context. */
  accessibilityFaults(on?: Page): Promise<readonly string[]>;
  screenshot(name: string, of?: Page): Promise<void>;
};

export type OpenPage = (options?: BrowserContextOptions) => Promise<WatchedPage>;

const CHROMIUM = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'] as const;

/** The path of a Chromium; `undefined` if its tests should be skipped. */
export async function chromiumOrSkip(): Promise<string | undefined> {
  return (await programsOrSkip([CHROMIUM], 'chromium'))?.[0];
}

/** One browser for a test file; every page is a separate visitor. */
export function useBrowser(executablePath: string | undefined): OpenPage {
  let launched: Promise<Browser> | undefined;
  afterAll(async () => (await launched)?.close());
  return async (options = {}) => {
    launched ??= chromium.launch({
      ...(executablePath === undefined ? {} : { executablePath }),
      // Containers run as root and have little shared memory.
      args: ['--no-sandbox', '--disable-dev-shm-usage'],
    });
    const context = await (await launched).newContext(options);
    const page = await context.newPage();
    const complaints: string[] = [];
    const hosts = new Set<string>();
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => {
      const { protocol, host } = new URL(request.url());
      if (protocol !== 'data:' && protocol !== 'blob:') hosts.add(host);
    });
    page.setDefaultTimeout(60_000);
    return {
      page,
      complaints,
      hosts,
      async accessibilityFaults(on = page) {
        // Evaluated from outside, because the page's own policy would block it.
        await on.evaluate(AXE);
        return on.evaluate(async () => {
          const { violations } = await (
            globalThis as unknown as {
              axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
            }
          ).axe.run();
          return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
        });
      },
      async screenshot(name, of = page) {
        if (SCREENSHOTS !== undefined)
          await of.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
      },
    };
  };
}

/** Expects a page without errors, which talked only to the API. */
export function expectQuiet({ complaints, hosts }: WatchedPage, api: string): void {
  expect(complaints).toEqual([]);
  expect([...hosts]).toEqual([new URL(api).host]);
}
