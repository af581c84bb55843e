import { expect, test } from 'vitest';
import { provenOutput } from '../src/chain/index.js';
import { koios, openWallet } from '../src/index.js';
import { newAddress, openChain, TOKEN, tokens } from './support/chain.js';

test('Koios tells of one ledger what Blockfrost tells', async () => {
  const { devnet, chain, keys, grant } = await openChain();
  const other = koios('cardano:preview', { url: devnet.koiosUrl });
  for (let output = 0; output < 3; output += 1) grant(keys.address, 20_000_000n, tokens(25n));
  const byRef = (outputs: readonly { outRef: { txHash: string; index: number } }[]) =>
    [...outputs].sort((left, right) => (left.outRef.txHash < right.outRef.txHash ? -1 : 1));
  const outputs = await chain.unspentOutputs(keys.address);
  expect(outputs).toHaveLength(3);
  expect(byRef(await other.unspentOutputs(keys.address))).toEqual(byRef(outputs));
  expect(await other.parameters()).toEqual(await chain.parameters());
  expect(await other.tip()).toMatchObject({ height: (await chain.tip()).height });
  const [output] = outputs;
  if (output === undefined) throw new Error('no output');
  expect(await provenOutput(other, output.outRef)).toMatchObject({ ...output });
  expect(await other.transaction(output.outRef.txHash)).toEqual(
    await chain.transaction(output.outRef.txHash),
  );
  const missing = 'de'.repeat(32) as typeof output.outRef.txHash;
  expect([await chain.transaction(missing), await other.transaction(missing)]).toEqual([
    undefined,
    undefined,
  ]);
});

test('a wallet on Koios pays, and the devnet’s ledger takes the payment', async () => {
  const { devnet, keys, grant } = await openChain();
  const wallet = await openWallet({
    chain: koios('cardano:preview', { url: devnet.koiosUrl }),
    secret: keys,
  });
  grant(wallet.address, 20_000_000n, tokens(25n));
  const price = {
    scheme: 'exact',
    network: 'cardano:preview' as const,
    payTo: newAddress(),
    maxTimeoutSeconds: 600,
  };
  for (const [asset, amount, extra] of [
    ['lovelace', '2000000', {}],
    [TOKEN, '10', { assetTransferMethod: 'default' }],
    ['lovelace', '3000000', { assetTransferMethod: 'script', datum: 'd87980' }],
  ] as const) {
    const { transactionBase64 } = await wallet.sign({ ...price, asset, amount, extra });
    const answer = await fetch(`${devnet.url}/tx/submit`, {
      method: 'POST',
      headers: { 'content-type': 'application/cbor' },
      body: Buffer.from(transactionBase64, 'base64'),
    });
    expect({ status: answer.status, text: answer.status === 200 ? '' : await answer.text() }).toEqual({
      status: 200,
      text: '',
    });
    devnet.ledger.forge();
    const [paid] = await koios('cardano:preview', { url: devnet.koiosUrl }).unspentOutputs(price.payTo);
    expect(paid).toBeDefined();
  }
});
