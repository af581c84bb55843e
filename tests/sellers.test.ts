import { decodePaymentRequiredHeader, decodePaymentResponseHeader } from '@x402/core/http';
import { createPayer } from '@x402-facilitator/example-payer';
import { fundPayer } from '@x402-facilitator/tools/stack';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SELLERS, startSeller } from './support/start-seller.js';
import { replica, useStack } from './support/use-stack.js';

const stack = useStack({ paywall: false });

/** Pays, and keeps the header that did. */
async function payerWithHeader() {
  let header = '';
  const payer = await fundPayer(stack());
  const { pay } = createPayer({
    wallet: payer.wallet,
    fetch: (url, init) => {
      header = new Headers(init?.headers).get('payment-signature') ?? header;
      return fetch(url, init);
    },
  });
  return { pay, header: () => header };
}

describe.each(SELLERS)('$name', (seller) => {
  it('is paid by a stock client, and answers the same payment again without a second sale', async () => {
    const facilitatorUrl = replica(stack().apis).url;
    const { url, process } = await startSeller(stack(), seller, { FACILITATOR_URL: facilitatorUrl });
    onTestFinished(async () => void (await process.stop()));

    const unpaid = await fetch(`${url}/report`);
    expect(decodePaymentRequiredHeader(unpaid.headers.get('PAYMENT-REQUIRED') ?? '')).toMatchObject({
      accepts: [{ asset: 'lovelace', amount: '2000000', payTo: stack().payTo }],
      extensions: {
        'payment-identifier': { info: { required: false } },
        delivery: { info: { token: expect.any(String) } },
      },
    });

    const payer = await payerWithHeader();
    const paid = await payer.pay(`${url}/report`);
    expect(paid).toMatchObject({ status: 200, body: { title: 'Market report' }, receipt: { success: true } });

    const again = await fetch(`${url}/report`, { headers: { 'payment-signature': payer.header() } });
    expect(again.status).toBe(200);
    expect(await again.json()).toEqual(paid.body);
    expect(decodePaymentResponseHeader(again.headers.get('PAYMENT-RESPONSE') ?? '')).toEqual(paid.receipt);
    expect(await stack().control.submission(paid.payment?.transactionId ?? '')).toMatchObject({
      submitted: 1,
      onChain: true,
    });

    const elsewhere = await fetch(`${url}/report?other`, {
      headers: { 'payment-signature': payer.header() },
    });
    expect(elsewhere.status).toBe(402);
  });
});
