import { decodePaymentRequiredHeader } from '@x402/core/http';
import { waitUntil } from '@x402-facilitator/tools/processes';
import { fundPayer } from '@x402-facilitator/tools/stack';
import { beforeAll, expect, it } from 'vitest';
import { get } from './support/facilitator.js';
import { replica, useStack } from './support/use-stack.js';

/**
 * A little more than the min-UTxO of an output with the test token. A payer with only this much ADA has none to spend.
 */
const TRAVELLING_LOVELACE = 1_300_000n;
const POOL_SIZE = 4;

const stack = useStack({
  workers: 2,
  settings: {
    X402_SPONSORSHIP__ENABLED: 'true',
    X402_SPONSORSHIP__POOL__SIZE: String(POOL_SIZE),
    X402_SPONSORSHIP__POOL__CALLER_SHARE: '1',
    X402_CHAIN__RESERVATION__TTL_SECONDS: '60',
  },
});
const paywallUrl = () => replica(stack().paywalls).url;
const apiUrl = () => replica(stack().apis).url;

beforeAll(async () => {
  await stack().control.fund({ address: stack().walletAddress, lovelace: 100_000_000n });
  const payer = await fundPayer(stack(), { lovelace: TRAVELLING_LOVELACE, tokens: 10n });
  await waitUntil(async () => (await reserveFor(payer.wallet.address)) === 201, {
    what: 'the workers to fill their pool',
    everyMs: 250,
  });
});

async function requirements() {
  const response = await fetch(`${paywallUrl()}/token-report`);
  await response.body?.cancel();
  const required = decodePaymentRequiredHeader(response.headers.get('PAYMENT-REQUIRED') ?? '');
  const [paymentRequirements] = required.accepts;
  if (paymentRequirements === undefined) throw new Error('expected a price');
  return { paymentRequirements, extensions: required.extensions };
}

async function reserveFor(payer: string): Promise<number> {
  const { paymentRequirements } = await requirements();
  const response = await fetch(`${apiUrl()}/sponsorships`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ network: stack().network, paymentRequirements, payer }),
  });
  await response.body?.cancel();
  return response.status;
}

type Output = { readonly amount: readonly { readonly unit: string; readonly quantity: string }[] };
type Side = readonly (Output & { readonly address: string })[];

async function outputsAt(address: string): Promise<Side> {
  const { body } = await get(`${stack().devnet.url}/addresses/${address}/utxos`);
  return body as unknown as Side;
}

function lovelaceOf(outputs: Side, owner: string): bigint {
  return outputs
    .filter(({ address }) => address === owner)
    .reduce(
      (sum, { amount }) => sum + BigInt(amount.find(({ unit }) => unit === 'lovelace')?.quantity ?? 0),
      0n,
    );
}

const lovelaceAt = async (address: string) => lovelaceOf(await outputsAt(address), address);

it('a server that knows where fees are sponsored says so in its 402', async () => {
  expect((await requirements()).extensions).toEqual({
    cardanoFeeSponsorship: { info: { url: `${apiUrl()}/sponsorships` } },
    // What each 402 of packages/server says.
    'payment-identifier': { info: { required: false }, schema: expect.any(Object) },
    delivery: { info: { token: expect.any(String) } },
  });
});

it('a payer that owns only a token buys with it, and keeps its tokens’ ADA to the lovelace', async () => {
  const payer = await fundPayer(stack(), { lovelace: TRAVELLING_LOVELACE, tokens: 25n });
  const { status, receipt, payment } = await payer.pay(`${paywallUrl()}/token-report`);
  expect({ status, receipt }).toMatchObject({ status: 200, receipt: { success: true } });
  expect(payment?.sponsorshipId).toMatch(/^[0-9a-f]{32}$/);

  expect(await lovelaceAt(payer.wallet.address)).toBe(TRAVELLING_LOVELACE);
  const [left] = await outputsAt(payer.wallet.address);
  expect(left?.amount.find(({ unit }) => unit !== 'lovelace')?.quantity).toBe('15');

  const { body } = await get(`${stack().devnet.url}/txs/${payment?.transactionId}/utxos`);
  const { inputs, outputs } = body as { inputs: Side; outputs: Side };
  const lent = lovelaceOf(outputs, stack().payTo);
  expect(lent).toBeGreaterThan(1_000_000n);
  // The wallet's cost is exactly the fee and the min-UTxO of the seller's output.
  const cost = lovelaceOf(inputs, stack().walletAddress) - lovelaceOf(outputs, stack().walletAddress);
  expect(cost).toBe((payment?.feeLovelace ?? 0n) + lent);

  const shown = await get(`${apiUrl()}/sponsorships/${payment?.sponsorshipId}`);
  expect(shown.body).toMatchObject({ transaction: payment?.transactionId, payer: payer.wallet.address });
});

it('a payer that spends its last token gets the ADA that travelled with it', async () => {
  const payer = await fundPayer(stack(), { lovelace: TRAVELLING_LOVELACE, tokens: 10n });
  const { status } = await payer.pay(`${paywallUrl()}/token-report`);
  expect(status).toBe(200);
  expect(await lovelaceAt(payer.wallet.address)).toBe(TRAVELLING_LOVELACE);
});

it('a payer that owns ADA pays its own fee, even if it is told where fees are sponsored', async () => {
  const payer = await fundPayer(stack(), { tokens: 10n });
  const { status, payment } = await payer.pay(`${paywallUrl()}/token-report`);
  expect(status).toBe(200);
  expect(payment?.sponsorshipId).toBeUndefined();
});
