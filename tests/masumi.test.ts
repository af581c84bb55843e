import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  fromHex,
  LOVELACE,
  lovelace,
  type PaymentRequest,
  parseAssetId,
  parseTxHash,
} from '@x402-facilitator/cardano';
import {
  CANONICAL_ESCROW,
  commitmentOf,
  escrowAddress,
  type Funds,
  jcsPart,
  LOCK_PRICE,
  type MasumiChanges,
  masumiPaymentOn,
  orderOn,
  PAYER,
  readEscrowDatum,
  SELLER,
  unwrap,
  type World,
} from '@x402-facilitator/cardano/testing';
import { createBlockfrostProvider } from '@x402-facilitator/chain';
import { blockfrost, createBuyer, newSeedPhrase, openWallet } from '@x402-facilitator/client';
import { type MasumiProposal, masumi } from '@x402-facilitator/client/masumi';
import { ExactCardanoScheme } from '@x402-facilitator/server';
import { startShop } from '@x402-facilitator/server/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { get, post } from './support/facilitator.js';
import { replica, useStack } from './support/use-stack.js';

const NETWORK = 'cardano:preprod';
const ESCROW = escrowAddress(CANONICAL_ESCROW, NETWORK);
const QUESTION = 'what only buyer and seller should read';

/** Preprod has a canonical deployment, so Masumi needs no configuration. */
const stack = useStack({ network: 'preprod', paywall: false });

type Utxo = {
  readonly tx_hash: string;
  readonly output_index: number;
  readonly amount: readonly { readonly unit: string; readonly quantity: string }[];
};

let world: World;
beforeAll(async () => {
  world = await worldOnStack();
});

/** The stack's devnet as the ledger on which the conformance suite's payments are made. */
async function worldOnStack(): Promise<World> {
  const provider = createBlockfrostProvider({ network: NETWORK, url: stack().devnet.url });
  const [parameters, timeline] = await Promise.all([
    provider.getProtocolParameters(),
    provider.getTimeline(),
  ]);
  await provider.close();
  const known = new Set<string>();
  const unused = async () => {
    throw new Error('the stack is steered by its own controls');
  };

  async function fund(owner: Parameters<World['fund']>[0], funds: Funds) {
    const address = typeof owner === 'string' ? owner : owner.address(0);
    const assets = new Map(funds.assets ?? []);
    const tokens = [...assets.values()].reduce((sum, quantity) => sum + quantity, 0n);
    await stack().control.fund({ address, lovelace: funds.lovelace, tokens });
    const listed = (await get(`${stack().devnet.url}/addresses/${address}/utxos`)).body as unknown as Utxo[];
    // The change of earlier payments is there too.
    const expected = [...(tokens === 0n ? [] : [tokens]), funds.lovelace].map(String).sort().join();
    const found = listed.find(
      ({ tx_hash, output_index, amount }) =>
        !known.has(`${tx_hash}#${output_index}`) &&
        amount
          .map(({ quantity }) => quantity)
          .sort()
          .join() === expected,
    );
    const txHash = parseTxHash(found?.tx_hash ?? '');
    if (found === undefined || txHash === undefined) throw new Error(`expected new money at ${address}`);
    known.add(`${txHash}#${found.output_index}`);
    return {
      outRef: { txHash, index: found.output_index },
      address,
      lovelace: lovelace(funds.lovelace),
      assets,
    };
  }

  const facts = { parameters, timeline };
  const steered = { spend: unused, hide: unused, reserve: unused, bindTerms: unused, hideAsset: unused };
  return { network: NETWORK, facts, nowMs: Date.now(), fund, ...steered };
}

const api = () => replica(stack().apis).url;
const verify = (request: PaymentRequest) => post(`${api()}/verify`, { x402Version: 2, ...request });
const settle = (request: PaymentRequest) => post(`${api()}/settle`, { x402Version: 2, ...request });

/** New terms for every test, because terms can be paid only once. */
const nonce = (byte: string): MasumiChanges => ({ terms: { sellerNonce: byte.repeat(32) } });

async function escrowOutputOf(transaction: unknown) {
  const { body } = await get(`${stack().devnet.url}/txs/${transaction}/utxos`);
  const outputs = body.outputs as { address: string; amount: unknown; inline_datum: string }[];
  return outputs.find(({ address }) => address === ESCROW);
}

describe('a lock into the escrow', () => {
  it('is verified, settled, and holds the price under the terms that the seller signed', async () => {
    const payment = await masumiPaymentOn(world, {
      ...nonce('a1'),
      commitment: () => commitmentOf([jcsPart('body', { question: QUESTION })]),
    });
    expect((await verify(payment)).body).toEqual({ isValid: true, payer: PAYER.address(0) });

    const { status, body } = await settle(payment);
    expect(status, JSON.stringify(body)).toBe(200);
    expect(body).toMatchObject({
      success: true,
      network: NETWORK,
      payer: PAYER.address(0),
      amount: `${LOCK_PRICE}`,
      extra: { status: 'confirmed' },
    });
    const locked = await escrowOutputOf(body.transaction);
    expect(locked?.amount).toEqual([{ unit: 'lovelace', quantity: `${LOCK_PRICE}` }]);
    const datum = readEscrowDatum(fromHex(locked?.inline_datum ?? '') ?? new Uint8Array());
    expect(unwrap(datum)).toMatchObject({
      buyer: { payment: { kind: 'key', hash: PAYER.keyHash } },
      seller: { payment: { kind: 'key', hash: SELLER.keyHash } },
      seller_nonce: 'a1'.repeat(32),
      state: 0n,
    });
  });

  it('may be of a token, with lovelace as collateral', async () => {
    const asset = parseAssetId(stack().token) ?? LOVELACE;
    const funds = { lovelace: 20_000_000n, assets: [[asset, 1000n]] as const };
    const payment = await masumiPaymentOn(world, { ...nonce('a2'), asset, amount: 25n, funds });
    const { body } = await settle(payment);
    expect(body, JSON.stringify(body)).toMatchObject({ success: true, amount: '25' });
    const unit = stack().token.replace('.', '');
    expect((await escrowOutputOf(body.transaction))?.amount).toEqual([
      { unit: 'lovelace', quantity: expect.any(String) },
      { unit, quantity: '25' },
    ]);
  });
});

describe('a buyer of packages/client', () => {
  it.each([
    ['ADA', 'd1', {}],
    ['little ADA, with collateral', 'd2', { amount: 1_000_000n }],
    ['a token', 'd3', { asset: true, amount: 25n }],
  ] as const)('pays a seller’s terms in %s, and the money is in the escrow', async (_, byte, price) => {
    const asset = 'asset' in price ? (parseAssetId(stack().token) ?? LOVELACE) : LOVELACE;
    const amount = 'amount' in price ? price.amount : LOCK_PRICE;
    const commitment = () => commitmentOf([jcsPart('body', { question: QUESTION })]);
    const { requirements } = orderOn(
      { network: NETWORK, nowMs: Date.now() },
      { ...nonce(byte), commitment, asset, amount },
    );
    const shop = await startShop(stack(), {
      framework: 'express',
      facilitatorUrl: api(),
      accepts: new ExactCardanoScheme().accepts({
        network: NETWORK,
        payTo: requirements.payTo,
        price: { asset: requirements.asset, amount: requirements.amount },
        masumi: requirements.extra,
      }),
      handle: () => ({ body: Buffer.from('the result') }),
    });
    const proposals: MasumiProposal[] = [];
    const wallet = await openWallet({
      chain: blockfrost(NETWORK, { url: stack().devnet.url }),
      secret: { seedPhrase: newSeedPhrase() },
      masumi: masumi({ approve: (proposal) => proposals.push(proposal) > 0 }),
    });
    await stack().control.fund({ address: wallet.address, lovelace: 20_000_000n, tokens: 1_000n });
    const limits = { lovelace: { perPayment: 6_000_000n }, [stack().token]: { perPayment: 25n } };

    const { outcome, payment } = await createBuyer({ wallet, limits }).buy(`${shop.url}/report`);
    expect(outcome).toBe('delivered');
    const [proposal] = proposals;
    expect(proposals).toHaveLength(1);
    expect(proposal).toMatchObject({ asset, amount, parts: [{ content: { question: QUESTION } }] });
    const ada = (proposal?.collateralLovelace ?? 0n) + (asset === LOVELACE ? amount : 0n);
    const unit = stack().token.replace('.', '');
    expect((await escrowOutputOf(payment?.transactionId))?.amount).toEqual([
      { unit: 'lovelace', quantity: `${ada}` },
      ...(asset === LOVELACE ? [] : [{ unit, quantity: `${amount}` }]),
    ]);
  });
});

describe('terms that are paid', () => {
  it('can be paid by no second transaction, neither at /verify nor at /settle', async () => {
    const [first, second] = [
      await masumiPaymentOn(world, nonce('b1')),
      await masumiPaymentOn(world, nonce('b1')),
    ];
    expect(second.paymentRequirements).toEqual(first.paymentRequirements);
    expect((await verify(second)).body).toMatchObject({ isValid: true });

    const settled = await settle(first);
    expect(settled.body).toMatchObject({ success: true });
    expect((await verify(second)).body).toMatchObject({
      isValid: false,
      invalidReason: 'duplicate_settlement',
      invalidMessage: expect.stringContaining(String(settled.body.transaction)),
    });
    expect((await settle(second)).body).toMatchObject({
      success: false,
      errorReason: 'duplicate_settlement',
      errorMessage: expect.stringContaining(String(settled.body.transaction)),
    });
  });

  it('are paid by only one of two simultaneous transactions', async () => {
    const payments = [await masumiPaymentOn(world, nonce('b2')), await masumiPaymentOn(world, nonce('b2'))];
    const answers = await Promise.all(payments.map(settle));
    expect(answers.map(({ body }) => body.errorReason ?? 'success').sort()).toEqual([
      'duplicate_settlement',
      'success',
    ]);
  });
});

describe('a mistake', () => {
  it('of the seller is named in terms of the requirements', async () => {
    const wrong = await masumiPaymentOn(world, { ...nonce('c1'), requirements: { amount: '4999999' } });
    expect((await verify(wrong)).body).toMatchObject({
      isValid: false,
      invalidReason: 'invalid_exact_cardano_requirements_masumi_seller_signature',
      invalidMessage: expect.stringContaining('paymentRequirements.extra'),
    });
  });

  it('of the payer that would strand the funds never reaches the chain', async () => {
    const stranding = await masumiPaymentOn(world, {
      ...nonce('c2'),
      datum: (usual) => ({ ...usual, result_hash: '44'.repeat(32) }),
    });
    const before = await stack().control.submissions();
    expect((await settle(stranding)).body).toMatchObject({
      success: false,
      errorReason: 'invalid_exact_cardano_payload_masumi_datum_invalid',
      transaction: '',
    });
    expect(await stack().control.submissions()).toHaveLength(before.length);
  });
});

it('the buyer’s request to the seller is in no log', () => {
  const files = readdirSync(stack().logDirectory).filter((name) => /^(api|worker)-/.test(name));
  expect(files.length).toBeGreaterThanOrEqual(2);
  for (const file of files) {
    const log = readFileSync(join(stack().logDirectory, file), 'utf8');
    expect(log.includes(QUESTION), file).toBe(false);
  }
});
