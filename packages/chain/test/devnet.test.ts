import { type OutRef, outRefKey, parseAssetId, parseOutRef, type TxHash } from '@x402-facilitator/cardano';
import { createBlockfrostProvider } from '@x402-facilitator/chain';
import type { Devnet } from '@x402-facilitator/devnet';
import { expect, onTestFinished, test } from 'vitest';
import { createChainAccess } from '../src/connect/chain-access.js';
import { bytesOf, devnetOf, payerOn, requirements, TOKEN } from './support/devnet-wallet.js';

function providerOf(devnet: Devnet, options: { submitTimeoutMs?: number } = {}) {
  const provider = createBlockfrostProvider({ network: 'cardano:preview', url: devnet.url, ...options });
  onTestFinished(() => provider.close());
  return provider;
}

/** A signed payment of 2 ADA, not submitted. */
async function signedOn(devnet: Devnet) {
  const { wallet, payTo } = await payerOn(devnet);
  const payment = await wallet.sign(requirements(payTo));
  const nonce = parseOutRef(payment.nonce);
  if (nonce === undefined) throw new Error(`expected an output reference, found ${payment.nonce}`);
  return { payment, nonce, id: payment.transactionId as TxHash };
}

const factOf = async (devnet: Devnet, ref: OutRef) => {
  const access = createChainAccess({ provider: providerOf(devnet), clock: Date.now, utxoTtlSeconds: 60 });
  return (await access.readOutputs([ref], { fresh: true })).get(outRefKey(ref));
};

test('what the faucet sent is read exactly: address, ADA, tokens, unspent', async () => {
  const devnet = await devnetOf();
  const { wallet } = await payerOn(devnet);
  const payment = await wallet.sign(requirements(wallet.address));
  const nonce = parseOutRef(payment.nonce);
  if (nonce === undefined) throw new Error('no nonce');
  expect(await factOf(devnet, nonce)).toStrictEqual({
    status: 'unspent',
    output: {
      outRef: nonce,
      address: wallet.address,
      lovelace: 50_000_000n,
      assets: new Map([[parseAssetId(TOKEN), 1_000n]]),
    },
  });
});

test('a payment is first unknown, then in the mempool, then in a block, where it spends its input', async () => {
  const devnet = await devnetOf();
  const provider = providerOf(devnet);
  const { payment, nonce, id } = await signedOn(devnet);
  expect([await provider.isInMempool(id), await provider.getTransaction(id)]).toStrictEqual([
    false,
    undefined,
  ]);

  expect(await provider.submitTransaction(bytesOf(payment))).toStrictEqual({ kind: 'accepted', txHash: id });
  expect([await provider.isInMempool(id), await provider.getTransaction(id)]).toStrictEqual([
    true,
    undefined,
  ]);
  expect(await factOf(devnet, { txHash: id, index: 0 })).toStrictEqual({ status: 'missing' });
  expect(await provider.getTransactionBytes(id)).toBeUndefined();

  const before = await provider.getTip();
  devnet.ledger.forge();
  const tip = await provider.getTip();
  expect(await provider.getTransaction(id)).toStrictEqual({
    txHash: id,
    block: { hash: tip.hash, height: tip.height, slot: tip.slot },
    validContract: true,
  });
  expect(await provider.getTransactionBytes(id)).toStrictEqual(bytesOf(payment));
  expect(await provider.getBlocksAfter(before.hash, 10)).toStrictEqual([tip]);
  expect(tip).toMatchObject({ parentHash: before.hash, transactionCount: 1 });
  expect(await provider.getBlockTransactions(tip.hash, 1)).toStrictEqual([id]);
  expect(await factOf(devnet, nonce)).toMatchObject({ status: 'spent', by: id });
});

test('a block that left the chain is no longer known', async () => {
  const devnet = await devnetOf();
  const provider = providerOf(devnet);
  devnet.ledger.forge();
  const lost = await provider.getTip();
  devnet.ledger.rollback(1, 'vanish');
  expect(await provider.getBlock(lost.hash)).toBeUndefined();
  expect(await provider.getBlocksAfter(lost.hash, 10)).toBeUndefined();
});

test('a transaction with a broken signature is rejected in the ledger’s words', async () => {
  const devnet = await devnetOf();
  const { payment } = await signedOn(devnet);
  const bytes = bytesOf(payment);
  const needle = Buffer.from('825820', 'hex');
  const witness = Buffer.from(bytes).lastIndexOf(needle);
  bytes[witness + 40] = (bytes[witness + 40] ?? 0) ^ 1;
  const outcome = await providerOf(devnet).submitTransaction(bytes);
  expect(outcome).toMatchObject({
    kind: 'rejected',
    message: expect.stringContaining('InvalidWitnessesUTXOW'),
  });
});

test('garbage is rejected in the decoder’s words', async () => {
  const outcome = await providerOf(await devnetOf()).submitTransaction(Uint8Array.of(1, 2, 3));
  expect(outcome.kind).toBe('rejected');
});

test('sending a settled transaction again is a rejection that only a look at the chain explains', async () => {
  const devnet = await devnetOf();
  const provider = providerOf(devnet);
  const { payment, id } = await signedOn(devnet);
  await provider.submitTransaction(bytesOf(payment));
  devnet.ledger.forge();
  expect((await provider.submitTransaction(bytesOf(payment))).kind).toBe('rejected');
  expect(await provider.getTransaction(id)).toMatchObject({ txHash: id });
});

test('statuses that are not verdicts leave a submission ambiguous, with the time to wait', async () => {
  const devnet = await devnetOf();
  const provider = providerOf(devnet);
  const { payment } = await signedOn(devnet);
  for (const status of [402, 403, 418, 425, 429, 500, 503]) {
    devnet.faults.add({
      operation: 'POST /tx/submit',
      probability: 1,
      count: 1,
      kind: 'status',
      status,
      when: 'before',
      retryAfterSeconds: 2,
    });
    const outcome = await provider.submitTransaction(bytesOf(payment));
    expect(outcome).toMatchObject({ kind: 'ambiguous', status, retryAfterMs: 2_000 });
  }
});

test('a connection that dies after the node took the transaction is ambiguous, and the mempool has it', async () => {
  const devnet = await devnetOf();
  const provider = providerOf(devnet);
  const { payment, id } = await signedOn(devnet);
  devnet.faults.add({ operation: 'POST /tx/submit', probability: 1, kind: 'drop-after' });
  expect((await provider.submitTransaction(bytesOf(payment))).kind).toBe('ambiguous');
  expect(await provider.isInMempool(id)).toBe(true);
});

test('a service that hangs is ambiguous after the time-out', async () => {
  const devnet = await devnetOf();
  const { payment } = await signedOn(devnet);
  devnet.faults.add({ operation: 'POST /tx/submit', probability: 1, kind: 'hang', when: 'before' });
  const outcome = await providerOf(devnet, { submitTimeoutMs: 200 }).submitTransaction(bytesOf(payment));
  expect(outcome).toMatchObject({ kind: 'ambiguous', message: 'blockfrost submit: no answer within 200 ms' });
});
