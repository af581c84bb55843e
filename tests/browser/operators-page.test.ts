import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { freePort } from '@x402-facilitator/tools/processes';
import { type FundedPayer, fundPayer } from '@x402-facilitator/tools/stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { get, post, signPayment } from '../support/facilitator.js';
import { replica, useStack } from '../support/use-stack.js';
import { chromiumOrSkip, useBrowser, type WatchedPage } from './support/browser.js';

const KEY = 'the-key-of-anna';
const PHONE = { viewport: { width: 375, height: 740 } };

const chromium = await chromiumOrSkip();
const port = await freePort();

describe.skipIf(chromium === undefined)('the operators’ page in a browser', () => {
  const page = `http://127.0.0.1:${port}`;
  const stack = useStack({
    blockMs: 0,
    paywall: false,
    settings: {
      X402_METRICS__PORT: String(port),
      X402_SECURITY__OPERATOR_KEYS: JSON.stringify([
        { name: 'anna', sha256: createHash('sha256').update(KEY).digest('hex') },
      ]),
    },
  });
  const open = useBrowser(chromium);
  const api = () => replica(stack().apis).url;

  let payer: FundedPayer;
  let evil: Server;
  beforeAll(async () => {
    payer = await fundPayer(stack(), { outputs: 4 });
    // Another origin on the same host: cookies alone would not tell them apart.
    evil = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(`<title>bait</title><form method="post" action="${page}/admin/pause">
<input name="network" value="${stack().network}"><input name="reason" value="mischief"><button>A prize</button></form>`);
    });
    await new Promise<void>((resolve) => evil.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => evil?.close());

  async function signIn(options?: Parameters<typeof open>[0]): Promise<WatchedPage> {
    const visit = await open(options);
    await visit.page.goto(`${page}/admin`);
    await visit.page.getByLabel('Operator’s key').fill(KEY);
    await visit.page.getByRole('button', { name: 'Sign in' }).click();
    await visit.page.getByRole('heading', { name: 'Overview' }).waitFor();
    return visit;
  }

  /** What callers are told. A health report is up to a second old. */
  async function settling(): Promise<unknown> {
    const { body } = await get(`${api()}/health`);
    return (body as { settle: Record<string, unknown> }).settle[stack().network];
  }

  /** A browser reports the 401 of the sign-in page as an error. */
  const complaintsOf = ({ complaints }: WatchedPage) =>
    complaints.filter((text) => !text.includes('status of 401'));

  it('lets an operator find a payment, and read what happened to it', async () => {
    const { transaction, request } = await signPayment(stack(), payer, { confirmations: 0 });
    await post(`${api()}/settle`, request, { prefer: 'respond-async' });
    await expect
      .poll(async () => {
        await stack().control.forge();
        return (await get(`${api()}/status/${transaction}`)).body;
      })
      .toMatchObject({ status: 'confirmed' });

    const visit = await signIn();
    const { page: tab } = visit;
    expect(await visit.accessibilityFaults()).toEqual([]);
    await tab.getByLabel('Transaction id or payer’s address').fill(transaction);
    await tab.getByRole('button', { name: 'Search' }).click();
    await tab.getByRole('heading', { name: '2 ADA, confirmed' }).waitFor();
    expect(await tab.locator('ol li').allTextContents()).toEqual([
      expect.stringContaining('accepted and queued'),
      expect.stringContaining('a node took it'),
      expect.stringContaining('found in block'),
      expect.stringContaining('confirmed'),
    ]);
    expect(await visit.accessibilityFaults()).toEqual([]);
    await visit.screenshot('operators-2-settlement');

    await tab.getByRole('link', { name: 'All of this payer in the last day' }).click();
    await tab.getByRole('link', { name: transaction.slice(0, 16) }).waitFor();
    expect(await visit.accessibilityFaults()).toEqual([]);
    await visit.screenshot('operators-3-settlements');
    expect(complaintsOf(visit)).toEqual([]);
    expect([...visit.hosts]).toEqual([new URL(page).host]);
  });

  it('stops and resumes settling with two clicks and a reason', async () => {
    const visit = await signIn();
    const { page: tab } = visit;
    await tab.getByLabel('Reason for callers and colleagues').fill('the node is odd');
    await tab.getByRole('button', { name: `Pause ${stack().network}` }).click();
    await tab.getByText('(the node is odd)').waitFor();
    await expect.poll(settling).toMatchObject({ status: 'paused', reason: 'the node is odd' });
    expect(await visit.accessibilityFaults()).toEqual([]);
    await visit.screenshot('operators-1-paused');
    await tab.getByRole('button', { name: `Resume ${stack().network}` }).click();
    await tab.getByText('it takes new settlements and sends them').waitFor();
    expect(complaintsOf(visit)).toEqual([]);
  });

  it('fits a phone, in the dark', async () => {
    const visit = await signIn({ ...PHONE, colorScheme: 'dark' });
    const { page: tab } = visit;
    for (const path of ['/admin', '/admin/settlements']) {
      await tab.goto(`${page}${path}`);
      const width = await tab.evaluate('document.documentElement.scrollWidth');
      expect(width).toBeLessThanOrEqual(PHONE.viewport.width);
      expect(await visit.accessibilityFaults()).toEqual([]);
    }
  });

  it('does nothing for a form of another page in the same browser, and ends at the sign-out', async () => {
    const visit = await signIn();
    const { page: tab } = visit;
    await tab.goto(`http://127.0.0.1:${(evil.address() as AddressInfo).port}/`);
    await tab.getByRole('button', { name: 'A prize' }).click();
    await tab.getByRole('alert').getByText('expected a request from this page').waitFor();
    await expect.poll(settling).toMatchObject({ status: 'open' });

    await tab.goto(`${page}/admin`);
    await tab.getByRole('button', { name: 'Sign out' }).click();
    await tab.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await visit.accessibilityFaults()).toEqual([]);
    await tab.goto(`${page}/admin/settlements`);
    await tab.getByRole('heading', { name: 'Sign in' }).waitFor();
  });
});
