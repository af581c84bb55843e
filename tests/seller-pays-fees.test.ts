import { decodePaymentRequiredHeader, decodePaymentResponseHeader } from '@x402/core/http';
import { decodeTransaction } from '@x402-facilitator/cardano';
import { blockfrost, keysOf, newSeedPhrase } from '@x402-facilitator/client';
import { ExactCardanoScheme, FeeSponsor } from '@x402-facilitator/server';
import { FRAMEWORKS, startFaultProxy, startShop } from '@x402-facilitator/server/testing';
import { fundPayer } from '@x402-facilitator/tools/stack';
import { expect, it, onTestFinished } from 'vitest';
import { get } from './support/facilitator.js';
import { replica, useStack } from './support/use-stack.js';

/** A little more than the min-UTxO of an output with the test token: a buyer with only this has no ADA to spend. */
const TRAVELLING_LOVELACE = 1_300_000n;
const OFFERED_LOVELACE = 1_500_000n;

const stack = useStack({
  paywall: false,
  settings: { X402_CHAIN__VERIFICATION__ACCEPTS_SPONSOR_WITNESSES: 'true' },
});
const off = useStack({ paywall: false });

type Output = {
  readonly address: string;
  readonly amount: readonly { readonly unit: string; readonly quantity: string }[];
};

/** A shop whose seller has so many outputs to pay fees with. */
async function openShop({
  here = stack(),
  framework = 'express' as (typeof FRAMEWORKS)[number],
  outputs = 4,
} = {}) {
  const chain = blockfrost(here.network, { url: here.devnet.url });
  const keys = await keysOf({ seedPhrase: newSeedPhrase() }, here.network);
  const payTo = (await keysOf({ seedPhrase: newSeedPhrase() }, here.network)).address;
  if (outputs > 0)
    await here.control.fund({
      address: keys.address,
      lovelace: OFFERED_LOVELACE * BigInt(outputs),
      outputs,
    });
  const feeSponsor = new FeeSponsor({
    chain,
    keys,
    refreshMs: 0,
    onError: (error) => {
      throw error;
    },
  });
  const accepts = new ExactCardanoScheme().accepts({
    network: here.network,
    payTo,
    price: `10 ${here.token}`,
    confirmations: 0,
  });
  const shop = await startShop(here, {
    framework,
    facilitatorUrl: replica(here.apis).url,
    handle: (run) => ({ body: Buffer.from(`report ${run}`) }),
    accepts,
    feeSponsor,
  });
  const lovelaceAt = async (address: string) => {
    const { body } = await get(`${here.devnet.url}/addresses/${address}/utxos`);
    return (Array.isArray(body) ? (body as readonly Output[]) : [])
      .flatMap(({ amount }) => amount)
      .filter(({ unit }) => unit === 'lovelace')
      .reduce((sum, { quantity }) => sum + BigInt(quantity), 0n);
  };
  const required = async () => {
    const response = await fetch(`${shop.url}/report`);
    await response.body?.cancel();
    const [accepted] = decodePaymentRequiredHeader(response.headers.get('PAYMENT-REQUIRED') ?? '').accepts;
    if (accepted === undefined) throw new Error('expected a price');
    return accepted;
  };
  return { url: `${shop.url}/report`, shop, sponsor: keys.address, payTo, lovelaceAt, required };
}

it.each(FRAMEWORKS)(
  '%s: a buyer that owns only a token pays the price and nothing else, and the seller the fee',
  async (framework) => {
    const { url, shop, sponsor, payTo, lovelaceAt } = await openShop({ framework });
    const between = await startFaultProxy(shop.url);
    onTestFinished(() => between.stop());
    const payer = await fundPayer(stack(), { lovelace: TRAVELLING_LOVELACE, tokens: 25n });
    const { status, receipt, payment, body } = await payer.pay(`${between.url}/report`);
    expect({ status, receipt }).toMatchObject({ status: 200, receipt: { success: true } });
    expect(payment).toMatchObject({ lentInput: expect.stringContaining('#') });
    expect(payment).not.toHaveProperty('sponsorshipId');

    const fee = payment?.feeLovelace ?? 0n;
    expect(await lovelaceAt(payer.wallet.address)).toBe(TRAVELLING_LOVELACE);
    expect(await lovelaceAt(payTo)).toBe(OFFERED_LOVELACE - fee);
    expect(await lovelaceAt(sponsor)).toBe(3n * OFFERED_LOVELACE);
    const { body: block } = await get(`${stack().devnet.url}/txs/${payment?.transactionId}/cbor`);
    const included = decodeTransaction(Buffer.from(String((block as { cbor: string }).cbor), 'hex'));
    expect(included.ok && included.value.vkeyWitnesses).toHaveLength(2);
    expect(await stack().control.submission(payment?.transactionId ?? '')).toMatchObject({
      submitted: 1,
      onChain: true,
    });

    const header = String(
      between.seen.findLast(({ headers }) => headers['payment-signature'])?.headers['payment-signature'],
    );
    const again = await fetch(url, { headers: { 'payment-signature': header } });
    expect([again.status, await again.text()]).toEqual([200, String(body)]);
    expect(decodePaymentResponseHeader(again.headers.get('PAYMENT-RESPONSE') ?? '')).toMatchObject({
      transaction: payment?.transactionId,
    });
    expect(shop.runs).toHaveLength(1);
  },
);

it('of two buyers with one offer one is served, and the other gets a fresh 402', async () => {
  const { url, shop, required } = await openShop({ outputs: 1 });
  const [one, other] = await Promise.all([
    fundPayer(stack(), { lovelace: TRAVELLING_LOVELACE, tokens: 10n }),
    fundPayer(stack(), { lovelace: TRAVELLING_LOVELACE, tokens: 10n }),
  ]);
  const offered = await required();
  expect(offered.extra).toMatchObject({
    areFeesSponsored: true,
    feeSponsor: { lovelace: `${OFFERED_LOVELACE}` },
  });
  expect((await required()).extra.feeSponsor).toMatchObject({
    input: (offered.extra.feeSponsor as { input: string }).input,
  });
  const answers = await Promise.all([one, other].map((payer) => payer.fetch(url)));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 402]);
  const refused = answers.find(({ status }) => status === 402);
  const fresh = decodePaymentRequiredHeader(refused?.headers.get('PAYMENT-REQUIRED') ?? '');
  expect(fresh.error).toMatch(/^fee_sponsor_taken$|input_reserved$/);
  expect(shop.runs).toHaveLength(1);
});

it('a buyer that knows nothing of offers pays the plain way, by the same 402', async () => {
  const { url, sponsor, lovelaceAt, required } = await openShop({ outputs: 1 });
  const payer = await fundPayer(stack(), { tokens: 10n });
  const accepted = await required();
  const { feeSponsor: _, ...extra } = accepted.extra;
  const signed = await payer.wallet.sign({ ...accepted, extra });
  expect(signed).not.toHaveProperty('lentInput');
  const payload = {
    x402Version: 2,
    accepted,
    payload: { transaction: signed.transactionBase64, nonce: signed.nonce },
  };
  const header = Buffer.from(JSON.stringify(payload)).toString('base64');
  const paid = await fetch(url, { headers: { 'payment-signature': header } });
  expect(paid.status).toBe(200);
  expect(await lovelaceAt(sponsor), 'the offer goes unused').toBe(OFFERED_LOVELACE);
});

it('where the seller has nothing to offer, the price is as ever', async () => {
  const { url, required } = await openShop({ outputs: 0 });
  expect((await required()).extra).toMatchObject({ areFeesSponsored: false });
  const payer = await fundPayer(stack(), { tokens: 10n });
  const { status, payment } = await payer.pay(url);
  expect(status).toBe(200);
  expect(payment).not.toHaveProperty('lentInput');
});

it('through a facilitator that takes no seller’s witness nothing is offered', async () => {
  const { required } = await openShop({ here: off() });
  const { extra } = await required();
  expect(extra).toMatchObject({ areFeesSponsored: false });
  expect(extra).not.toHaveProperty('feeSponsor');
});
