import { decodePaymentRequiredHeader, decodePaymentResponseHeader } from '@x402/core/http';
import { startFaultProxy } from '@x402-facilitator/server/testing';
import { fundPayer } from '@x402-facilitator/tools/stack';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SELLERS, startSeller } from './support/start-seller.js';
import { replica, useStack } from './support/use-stack.js';

const stack = useStack({ paywall: false });

describe.each(SELLERS)('$name', (seller) => {
  it('is paid by @x402/fetch, and answers the same payment again without a second sale', async () => {
    const facilitatorUrl = replica(stack().apis).url;
    const { url: shopUrl, process } = await startSeller(stack(), seller, { FACILITATOR_URL: facilitatorUrl });
    onTestFinished(async () => void (await process.stop()));
    // It sees what the client sends.
    const between = await startFaultProxy(shopUrl);
    onTestFinished(() => between.stop());
    const url = `${between.url}/report`;

    const unpaid = await fetch(url);
    expect(decodePaymentRequiredHeader(unpaid.headers.get('PAYMENT-REQUIRED') ?? '')).toMatchObject({
      accepts: [{ asset: 'lovelace', amount: '2000000', payTo: stack().payTo }],
      extensions: {
        'payment-identifier': { info: { required: false } },
        delivery: { info: { token: expect.any(String) } },
      },
    });

    const page = await fetch(url, { headers: { accept: 'text/html', 'user-agent': 'Mozilla/5.0' } });
    expect(page.status).toBe(402);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await page.text()).toContain('<p class="price">2 ADA</p>');

    const payer = await fundPayer(stack());
    const paid = await payer.fetch(url);
    expect(paid.status).toBe(200);
    const body = await paid.json();
    expect(body).toMatchObject({ title: 'Market report' });
    const receipt = decodePaymentResponseHeader(paid.headers.get('PAYMENT-RESPONSE') ?? '');
    expect(receipt).toMatchObject({ success: true, network: 'cardano:preview' });

    const header = between.seen.at(-1)?.headers['payment-signature'];
    const again = await fetch(url, { headers: { 'payment-signature': String(header) } });
    expect(again.status).toBe(200);
    expect(await again.json()).toEqual(body);
    expect(decodePaymentResponseHeader(again.headers.get('PAYMENT-RESPONSE') ?? '')).toEqual(receipt);
    expect(await stack().control.submission(receipt.transaction)).toMatchObject({
      submitted: 1,
      onChain: true,
    });

    const elsewhere = await fetch(`${url}?other`, { headers: { 'payment-signature': String(header) } });
    expect(elsewhere.status).toBe(402);
  });
});
