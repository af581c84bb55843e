import { decodeTransaction, fromHex, outRefKey, type Transaction } from '@x402-facilitator/cardano';
import { beforeAll, describe, expect, it } from 'vitest';
import { get, type PaymentRequest, post, requirementsOf } from '../support/facilitator.js';
import { replica, useStack } from '../support/use-stack.js';
import { openBlaze } from './blaze.js';
import { openCml } from './cml.js';
import { openCsl } from './csl.js';
import { openEvolution } from './evolution.js';
import type { LibraryWallet } from './library.js';
import { openLucid } from './lucid.js';
import { openMesh } from './mesh.js';

const stack = useStack({ paywall: false });

const LIBRARIES = [
  ['Lucid Evolution', openLucid],
  ['Mesh', openMesh],
  ['Evolution SDK', openEvolution],
  ['Blaze', openBlaze],
  ['CSL', openCsl],
  ['CML', openCml],
] as const;

function decoded(hex: string): Transaction {
  const bytes = fromHex(hex);
  const transaction = bytes === undefined ? undefined : decodeTransaction(bytes);
  if (!transaction?.ok) throw new Error(`expected a transaction, found ${hex}`);
  return transaction.value;
}

describe.each(LIBRARIES)('a payment built and signed by %s', (_, open) => {
  let wallet: LibraryWallet;
  beforeAll(async () => {
    wallet = await open(`${stack().devnet.url}/`);
    await stack().control.fund({
      address: wallet.address,
      lovelace: 100_000_000n,
      tokens: 1_000n,
      outputs: 3,
    });
  });

  it.each([
    // More than two of the wallet's outputs hold.
    ['ADA', 70_000_000n],
    ['a token', 25n],
  ])('in %s is verified, settled and confirmed', async (what, amount) => {
    const [policyId = '', nameHex = ''] = stack().token.split('.');
    const token = what === 'ADA' ? undefined : { policyId, nameHex };
    const asset = token === undefined ? 'lovelace' : stack().token;
    const requirements = requirementsOf(stack(), { asset, amount: String(amount) });
    const { payTo } = requirements;
    const hex = await wallet.pay({ payTo, token, amount, validToMs: Date.now() + 300_000 });
    const transaction = decoded(hex);
    const [input] = transaction.inputs;
    if (input === undefined) throw new Error('expected an input');
    const request: PaymentRequest = {
      x402Version: 2,
      paymentPayload: {
        x402Version: 2,
        resource: { url: 'https://seller.example/thing' },
        accepted: requirements,
        payload: { transaction: Buffer.from(hex, 'hex').toString('base64'), nonce: outRefKey(input) },
      },
      paymentRequirements: requirements,
    };
    const api = replica(stack().apis).url;

    expect((await post(`${api}/verify`, request)).body).toEqual({ isValid: true, payer: wallet.address });
    expect((await post(`${api}/settle`, request)).body).toMatchObject({
      success: true,
      transaction: transaction.id,
      payer: wallet.address,
      extra: { status: 'confirmed' },
    });
    expect(await stack().control.submission(transaction.id)).toMatchObject({ applied: 1, onChain: true });
    const { body } = await get(`${stack().devnet.url}/txs/${transaction.id}/utxos`);
    const unit = token === undefined ? 'lovelace' : policyId + nameHex;
    const paid = (body.outputs as { address: string; amount: { unit: string; quantity: string }[] }[])
      .filter(({ address }) => address === payTo)
      .map((output) => output.amount.find((held) => held.unit === unit)?.quantity);
    expect(paid).toEqual([String(amount)]);
  });
});
