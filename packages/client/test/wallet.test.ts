import { CML, unixTimeToSlot } from '@lucid-evolution/lucid';
import type { PaymentRequirements } from '@x402/core/types';
import { expect, test } from 'vitest';
import { openWallet, type SignedPayment } from '../src/index.js';
import { newAddress, openChain, priceOf, TOKEN, tokens } from './support/chain.js';

const [POLICY_ID = '', TOKEN_NAME = ''] = TOKEN.split('.');
const LIMITS = { limits: 'unlimited' } as const;

/** A wallet on a devnet, with this many UTxOs, each of 20 ADA and 100 tokens. */
async function walletOf(utxos: number, now?: () => number) {
  const { chain, keys, grant } = await openChain();
  const wallet = await openWallet({ chain, secret: keys, now });
  for (let index = 0; index < utxos; index += 1) grant(wallet.address, 20_000_000n, tokens(100n));
  return { wallet, seller: newAddress() };
}

const decode = ({ transactionBase64 }: SignedPayment) =>
  CML.Transaction.from_cbor_bytes(Buffer.from(transactionBase64, 'base64'));

test('a payment in ADA pays exactly the price to the seller and names one of its inputs as nonce', async () => {
  const { wallet, seller } = await walletOf(1);
  const payment = await wallet.sign(priceOf(seller), LIMITS);
  const output = decode(payment).body().outputs().get(0);
  expect(output.address().to_bech32()).toBe(seller);
  expect(output.amount().coin()).toBe(2_000_000n);
  expect(payment.inputs).toContain(payment.nonce);
  expect(CML.hash_transaction(decode(payment).body()).to_hex()).toBe(payment.transactionId);
  expect(decode(payment).witness_set().vkeywitnesses()?.len()).toBe(1);
});

test('a payment in a token pays exactly the price and carries the ADA that its output must hold', async () => {
  const { wallet, seller } = await walletOf(1);
  const payment = await wallet.sign(priceOf(seller, { asset: TOKEN, amount: '10' }), LIMITS);
  const amount = decode(payment).body().outputs().get(0).amount();
  const name = CML.AssetName.from_raw_bytes(Buffer.from(TOKEN_NAME, 'hex'));
  expect(amount.multi_asset().get(CML.ScriptHash.from_hex(POLICY_ID), name)).toBe(10n);
  expect(amount.coin()).toBeGreaterThan(1_000_000n);
});

test('a payment is valid for less than the server allows', async () => {
  const nowMs = Date.UTC(2040, 0, 1);
  const { wallet, seller } = await walletOf(1, () => nowMs);
  const payment = await wallet.sign(priceOf(seller, { maxTimeoutSeconds: 60 }), LIMITS);
  expect(payment.validToMs).toBe(nowMs + 50_000);
  expect(decode(payment).body().ttl()).toBe(BigInt(unixTimeToSlot('Preview', payment.validToMs)));
});

test('simultaneous payments of one wallet never share an input', async () => {
  const { wallet, seller } = await walletOf(8);
  const payments = await Promise.all(Array.from({ length: 8 }, () => wallet.sign(priceOf(seller), LIMITS)));
  const inputs = payments.flatMap((payment) => payment.inputs);
  expect(new Set(inputs).size).toBe(inputs.length);
});

test('a wallet whose every UTxO is in use says so, and can pay again once a payment was refused', async () => {
  const { wallet, seller } = await walletOf(1);
  const payment = await wallet.sign(priceOf(seller), LIMITS);
  await expect(wallet.sign(priceOf(seller), LIMITS)).rejects.toThrow(
    'has no UTxO that is not already used by a payment in flight',
  );
  wallet.release(payment);
  expect((await wallet.sign(priceOf(seller), LIMITS)).inputs).toStrictEqual(payment.inputs);
});

test('inputs are released by themselves when the payment can no longer be included', async () => {
  let nowMs = Date.UTC(2040, 0, 1);
  const { wallet, seller } = await walletOf(1, () => nowMs);
  const { validToMs } = await wallet.sign(priceOf(seller), LIMITS);
  nowMs = validToMs - 1;
  await expect(wallet.sign(priceOf(seller), LIMITS)).rejects.toThrow('has no UTxO');
  nowMs = validToMs;
  await expect(wallet.sign(priceOf(seller), LIMITS)).resolves.toBeDefined();
});

test.each<[string, Partial<PaymentRequirements>, string]>([
  [
    'of less ADA than an output holds',
    { amount: '1000' },
    'a price of 1000 lovelace cannot be paid: an output must hold at least',
  ],
  ['on another network', { network: 'cardano:mainnet' }, 'expected a price on cardano:preview'],
  [
    'by another transfer method',
    { extra: { assetTransferMethod: 'masumi' } },
    'expected the transfer method "default" or "script", found "masumi"',
  ],
  ['beyond what the wallet has', { amount: '900000000' }, 'does not have enough funds'],
])('a price %s is refused with a reason', async (_, change, message) => {
  const { wallet, seller } = await walletOf(1);
  await expect(wallet.sign(priceOf(seller, change), LIMITS)).rejects.toThrow(message);
});
