import { runInNewContext } from 'node:vm';
import { CML } from '@lucid-evolution/lucid';
import { fromHex, toHex } from '@x402-facilitator/cardano/ledger';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { type Cip30Wallet, cip30Keys, createBuyer, keysOf, newSeedPhrase, openWallet } from '../src/index.js';
import {
  counted,
  countSignatures,
  expectRefused,
  newAddress,
  openChain,
  priceOf,
  TOKEN,
  tokens,
} from './support/chain.js';
import { market } from './support/channel-market.js';
import { sellerOf } from './support/seller.js';

const ENTRY = new URL('../src/index.ts', import.meta.url).pathname;

/** What the script says by `done`, run with a browser's globals and none of Node's. */
function runInBrowser(script: string, more: object = {}): Promise<string> {
  const { TextEncoder, TextDecoder, URL, URLSearchParams, Headers, crypto, btoa, atob } = globalThis;
  const { AbortController, DOMException, setTimeout } = globalThis;
  return new Promise((done) => {
    runInNewContext(script, {
      ...{ TextEncoder, TextDecoder, URL, URLSearchParams, Headers, crypto, btoa, atob },
      ...{ AbortController, DOMException, setTimeout, Uint8Array, ArrayBuffer },
      ...more,
      done,
    });
  });
}

test('the package runs without Node: no module of it, no Buffer, no WebAssembly, and it is small', async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: [ENTRY],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'client',
    platform: 'browser',
    conditions: ['source'],
    metafile: true,
    minify: true,
    logLevel: 'silent',
  });
  const files = Object.keys(metafile.inputs);
  expect(files.filter((file) => /^node:|\.wasm$|lucid|cbor-extract/.test(file))).toEqual([]);
  const [{ text } = { text: '' }] = outputFiles;
  expect(text.length).toBeLessThan(700_000);
  expect(text).not.toMatch(/WebAssembly|require\(/);

  const script = `${text};
    client.keysOf({ seedPhrase: ${JSON.stringify(`${'abandon '.repeat(23)}art`)} }, 'cardano:preview').then(async (keys) => {
      const txHash = 'ab'.repeat(32);
      const output = { outRef: { txHash, index: 0 }, address: keys.address, lovelace: 20000000n, assets: new Map() };
      const chain = {
        network: 'cardano:preview',
        unspentOutputs: async () => [output],
        parameters: async () => ({ minFeePerByte: 44n, minFeeConstant: 155381n, coinsPerUtxoByte: 4310n,
          maxTransactionBytes: 16384, maxValueBytes: 5000 }),
      };
      const wallet = await client.openWallet({ chain, secret: keys, now: () => 1700000000000 });
      const { transactionBase64 } = await wallet.sign({ scheme: 'exact', network: 'cardano:preview', asset: 'lovelace',
        amount: '2000000', payTo: keys.address, maxTimeoutSeconds: 600, extra: {} });
      done(transactionBase64);
    }).catch((error) => done(String(error.stack)));`;
  const transaction = await runInBrowser(script);
  expect(transaction).toMatch(/^[A-Za-z0-9+/]{300,}=*$/);
});

test('channels run without Node: the built door opens one, and runs its validator to close it, where there is no Buffer', async () => {
  const { outputFiles, metafile } = await build({
    stdin: {
      contents: "export * from './dist/index.js'; export * from './dist/channels/index.js';",
      resolveDir: new URL('..', import.meta.url).pathname,
    },
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'client',
    platform: 'browser',
    metafile: true,
    minify: true,
    logLevel: 'silent',
  });
  expect(
    Object.keys(metafile.inputs).filter((file) => /^node:|\.wasm$|lucid|cbor-extract/.test(file)),
  ).toEqual([]);
  const [{ text } = { text: '' }] = outputFiles;
  expect(text).not.toMatch(/WebAssembly|require\(/);
  expect(text.length).toBeLessThan(1_000_000);

  const { devnet, requirements, submit } = await market();
  const seedPhrase = newSeedPhrase();
  const { address } = await keysOf({ seedPhrase }, 'cardano:preview');
  for (const lovelace of [60_000_000n, 10_000_000n])
    devnet.faucet.grant({ address, lovelace, assets: new Map(), outputs: 1 });
  const script = `${text};
    (async () => {
      const chain = client.blockfrost('cardano:preview', { url: ${JSON.stringify(devnet.url)} });
      const secret = { seedPhrase: ${JSON.stringify(seedPhrase)} };
      const wallet = await client.openWallet({ chain, secret });
      const requirements = ${JSON.stringify(requirements)};
      const channels = new client.BatchSettlementCardanoClient({ wallet, validators: [requirements.extra.scriptHash],
        maxPrice: { lovelace: 100000n }, limits: { lovelace: { perPayment: 20000000n } }, requestsPerDeposit: 5, answerTimeoutMs: 1 });
      const { payload } = await channels.createPaymentPayload(2, requirements);
      await put(payload.deposit.transaction);
      return JSON.stringify(await channels.close(payload.voucher.channelId));
    })().then(done, (error) => done(String(error.stack)));`;
  const { Request, Response, clearTimeout, fetch } = globalThis;
  const put = (base64: string) => submit(Buffer.from(base64, 'base64'));
  const closed = await runInBrowser(script, { Request, Response, clearTimeout, fetch, put });
  expect(JSON.parse(closed)).toMatchObject({ kind: 'sent', step: 'close' });
});

/** A wallet of CIP-30 whose keys are here, and that signs whatever it is given. */
async function browserWallet(bend: (honest: Cip30Wallet) => Partial<Cip30Wallet> = () => ({})) {
  const { chain, keys, grant } = await openChain();
  const address = CML.Address.from_bech32(keys.address).to_hex();
  const signer = counted(keys);
  const honest: Cip30Wallet = {
    getNetworkId: async () => 0,
    getChangeAddress: async () => address,
    getUsedAddresses: async () => [address],
    getUnusedAddresses: async () => [],
    getRewardAddresses: async () => [`e0${address.slice(58)}`],
    getUtxos: async () =>
      (await chain.unspentOutputs(keys.address)).map(({ outRef, lovelace, assets }) => {
        const value = CML.Value.from_coin(lovelace);
        const multiasset = CML.MultiAsset.new();
        for (const [asset, quantity] of assets) {
          const [policy = '', name = ''] = asset.split('.');
          multiasset.set(
            CML.ScriptHash.from_hex(policy),
            CML.AssetName.from_raw_bytes(fromHex(name) ?? new Uint8Array()),
            quantity,
          );
        }
        const output = CML.TransactionOutput.new(
          CML.Address.from_bech32(keys.address),
          CML.Value.new(value.coin(), multiasset),
        );
        const input = CML.TransactionInput.new(
          CML.TransactionHash.from_hex(outRef.txHash),
          BigInt(outRef.index),
        );
        return CML.TransactionUnspentOutput.new(input, output).to_cbor_hex();
      }),
    signTx: async (transactionHex, partialSign) => {
      expect(partialSign).toBe(true);
      const transaction = CML.Transaction.from_cbor_hex(transactionHex);
      const id = CML.hash_transaction(transaction.body()).to_raw_bytes();
      const witnesses = CML.VkeywitnessList.new();
      for (const { publicKey, signature } of await signer.sign(new Uint8Array(), id))
        witnesses.add(
          CML.Vkeywitness.new(
            CML.PublicKey.from_bytes(publicKey),
            CML.Ed25519Signature.from_raw_bytes(signature),
          ),
        );
      const set = CML.TransactionWitnessSet.new();
      set.set_vkeywitnesses(witnesses);
      return set.to_cbor_hex();
    },
  };
  const wallet = await openWallet({
    chain,
    secret: await cip30Keys({ ...honest, ...bend(honest) }, 'cardano:preview'),
  });
  return { wallet, keys, grant, signatures: countSignatures() };
}

test('a wallet in the browser pays in ADA and in tokens', async () => {
  const { wallet, keys, grant } = await browserWallet();
  expect(wallet.address).toBe(keys.address);
  grant(wallet.address, 20_000_000n, tokens(25n));
  grant(wallet.address, 20_000_000n);
  const buyer = createBuyer({ wallet, limits: 'unlimited', sleep: async () => undefined });
  for (const price of [{}, { asset: TOKEN, amount: '10' }]) {
    const seller = await sellerOf(() => ({ status: 200 }), price);
    const { outcome, payment } = await buyer.buy(seller.url);
    expect(outcome).toBe('delivered');
    const transaction = CML.Transaction.from_cbor_bytes(
      Buffer.from(payment?.transactionBase64 ?? '', 'base64'),
    );
    expect(transaction.witness_set().vkeywitnesses()?.len()).toBe(1);
  }
});

const PRICE = priceOf(newAddress());

test.each<[string, (honest: Cip30Wallet) => Partial<Cip30Wallet>, string]>([
  [
    'signs nothing',
    () => ({ signTx: async () => 'a0' }),
    "expected signatures of the wallet's keys, found none",
  ],
  [
    'signs something else',
    ({ signTx }) => ({ signTx: async (hex) => signTx(other(hex), true) }),
    'expected a signature of',
  ],
  ['answers in another form', () => ({ signTx: async () => 'zz' }), 'expected hex from the wallet'],
])('a wallet in the browser that %s makes no payment', async (_, bend, reason) => {
  const { wallet, grant } = await browserWallet(bend);
  grant(wallet.address, 20_000_000n);
  await expect(wallet.sign(PRICE)).rejects.toThrow(reason);
});

/** The same transaction with another fee. */
function other(hex: string): string {
  const transaction = CML.Transaction.from_cbor_hex(hex);
  const body = transaction.body();
  const changed = CML.TransactionBody.new(body.inputs(), body.outputs(), body.fee() + 1n);
  return toHex(CML.Transaction.new(changed, CML.TransactionWitnessSet.new(), true).to_cbor_bytes());
}

test('a wallet in the browser on another network is not opened, and a user who declines is heard', async () => {
  await expect(browserWallet(() => ({ getNetworkId: async () => 1 }))).rejects.toThrow(
    'expected a wallet on cardano:preview',
  );
  const { wallet, grant, signatures } = await browserWallet(() => ({
    signTx: async () => Promise.reject(new Error('user declined')),
  }));
  grant(wallet.address, 20_000_000n);
  await expectRefused(wallet.sign(PRICE), 'user declined', signatures);
});
