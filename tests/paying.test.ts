import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodePaymentRequiredHeader, decodePaymentResponseHeader } from '@x402/core/http';
import { createBuyer } from '@x402-facilitator/client';
import { waitUntil } from '@x402-facilitator/tools/processes';
import { fundPayer } from '@x402-facilitator/tools/stack';
import { describe, expect, it } from 'vitest';
import { get } from './support/facilitator.js';
import { replica, useStack } from './support/use-stack.js';

/** Debug logs, so that the search for secrets at the end sees everything. */
const stack = useStack({ workers: 2, settings: { X402_LOGGING__LEVEL: 'debug' } });

const paywallUrl = () => replica(stack().paywalls).url;
const secrets: string[] = [];

async function newPayer(...[funds]: [Parameters<typeof fundPayer>[1]?]) {
  const payer = await fundPayer(stack(), { tokens: 1_000n, outputs: 10, ...funds });
  secrets.push(payer.seedPhrase);
  return payer;
}

/** Newer blocks on top of the transaction's block, read from the chain. */
async function depthOf(transaction: string): Promise<number> {
  const found = await get(`${stack().devnet.url}/txs/${transaction}`);
  expect(found.status).toBe(200);
  const tip = await get(`${stack().devnet.url}/blocks/latest`);
  return Number(tip.body.height) - Number(found.body.block_height);
}

describe("@x402/core's own client", () => {
  it('gets the price in a 402', async () => {
    const response = await fetch(`${paywallUrl()}/report`);
    expect(response.status).toBe(402);
    const { accepts } = decodePaymentRequiredHeader(response.headers.get('PAYMENT-REQUIRED') ?? '');
    expect(accepts).toEqual([
      expect.objectContaining({
        scheme: 'exact',
        network: 'cardano:preview',
        asset: 'lovelace',
        amount: '3000000',
        payTo: stack().payTo,
      }),
    ]);
  });

  it.each([
    ['/weather', 'ADA', 0],
    ['/report', 'ADA', 1],
    ['/token-report', 'a test token', 1],
    ['/archive', 'ADA', 3],
  ])('buys %s for %s once the payment is %i deep', async (article, _, confirmations) => {
    const payer = await newPayer();
    const response = await payer.fetch(`${paywallUrl()}${article}`);
    expect(response.status).toBe(200);
    expect(await response.json()).toHaveProperty('at');

    const receipt = decodePaymentResponseHeader(response.headers.get('PAYMENT-RESPONSE') ?? '');
    expect(receipt).toMatchObject({ success: true, network: 'cardano:preview', payer: payer.wallet.address });
    expect(await depthOf(receipt.transaction)).toBeGreaterThanOrEqual(confirmations);
    const { body } = await get(`${replica(stack().apis).url}/status/${receipt.transaction}`);
    expect(body).toMatchObject({ status: 'confirmed', required: confirmations, payTo: stack().payTo });
  });

  it('pays the seller exactly the price', async () => {
    const payer = await newPayer();
    const { receipt } = await payer.pay(`${paywallUrl()}/weather`);
    const { body } = await get(`${stack().devnet.url}/txs/${receipt?.transaction}/utxos`);
    const paid = (body.outputs as { address: string; amount: unknown }[]).filter(
      ({ address }) => address === stack().payTo,
    );
    expect(paid.map(({ amount }) => amount)).toEqual([[{ unit: 'lovelace', quantity: '2000000' }]]);
  });
});

describe('twenty payments at once through two workers', () => {
  it('are all settled, and none is submitted twice', async () => {
    const payers = await Promise.all(Array.from({ length: 4 }, () => newPayer()));
    const articles = ['/weather', '/token-report', '/report', '/token-report', '/weather'];
    const answers = await Promise.all(
      payers.flatMap((payer) => articles.map((article) => payer.pay(`${paywallUrl()}${article}`))),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));

    const transactions = answers.map(({ receipt }) => receipt?.transaction ?? '');
    expect(new Set(transactions).size).toBe(20);
    for (const transaction of transactions) {
      expect(await stack().control.submission(transaction)).toMatchObject({
        submitted: 1,
        accepted: 1,
        applied: 1,
        onChain: true,
      });
    }
  });
});

describe('a payment that is refused', () => {
  it('by one lovelace too little is a 402 with the code, and never reaches the chain', async () => {
    const { wallet } = await newPayer();
    const stingy = createBuyer({
      limits: 'unlimited',
      wallet: {
        ...wallet,
        sign: (price) => wallet.sign({ ...price, amount: String(BigInt(price.amount) - 1n) }),
      },
    });
    const { status, body, payment } = await stingy.buy(`${paywallUrl()}/weather`);
    expect(status).toBe(402);
    expect(body).toMatchObject({
      error: 'invalid_exact_cardano_payload_amount_insufficient',
      message: expect.stringMatching(/2000000.*1999999/s),
    });
    expect(await stack().control.submission(payment?.transactionId ?? '')).toBeUndefined();
  });

  it('because it was used is a 402, for every resource', async () => {
    const payer = await newPayer();
    const spent = await payer.wallet.sign({
      scheme: 'exact',
      network: 'cardano:preview',
      asset: 'lovelace',
      amount: '2000000',
      payTo: stack().payTo,
      maxTimeoutSeconds: 600,
      extra: {},
    });
    const replaying = createBuyer({
      limits: 'unlimited',
      wallet: { ...payer.wallet, sign: async () => spent },
    });
    expect((await replaying.buy(`${paywallUrl()}/weather`)).status).toBe(200);
    const again = await replaying.buy(`${paywallUrl()}/weather`);
    expect(again.status).toBe(402);
    expect(again.body).toMatchObject({ error: 'duplicate_settlement' });
    expect((await replaying.buy(`${paywallUrl()}/token-report`)).status).toBe(402);
    expect(await stack().control.submission(spent.transactionId)).toMatchObject({ submitted: 1 });
  });
});

describe('the logs of all that', () => {
  it('hold no seed, no project id and no signed transaction', async () => {
    const payer = await newPayer();
    const { payment } = await payer.pay(`${paywallUrl()}/weather`);
    const sought = [
      ...stack().secrets,
      ...secrets,
      payment?.transactionBase64 ?? '',
      Buffer.from(payment?.transactionBase64 ?? '', 'base64').toString('hex'),
    ];
    expect(sought.every((secret) => secret.length > 20)).toBe(true);

    const files = readdirSync(stack().logDirectory).filter((name) => /^(api|worker)-/.test(name));
    expect(files).toEqual(['api-1.log', 'worker-1.log', 'worker-2.log']);
    for (const file of files) {
      const log = readFileSync(join(stack().logDirectory, file), 'utf8');
      expect(log.length, file).toBeGreaterThan(0);
      expect(
        sought.filter((secret) => log.includes(secret)),
        file,
      ).toEqual([]);
    }
  });

  it('name the payment by its transaction id, in both tiers', async () => {
    const payer = await newPayer();
    const { receipt } = await payer.pay(`${paywallUrl()}/weather`);
    const transaction = receipt?.transaction ?? '';
    for (const tier of [stack().apis, stack().workers]) {
      // The line of a request is written after its answer.
      await waitUntil(
        () => tier.some(({ process }) => process.output.recent().some((line) => line.includes(transaction))),
        { what: `a log line with ${transaction}` },
      );
    }
  });
});
