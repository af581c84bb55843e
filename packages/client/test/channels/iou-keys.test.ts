import { generateSeedPhrase, signData, walletFromSeed } from '@lucid-evolution/lucid';
import { fromHex, parseAddress, readCbor, toHex } from '@x402-facilitator/cardano/ledger';
import { expect, test } from 'vitest';
import { deriveIouKeys, isPromise } from '../../src/channels/iou-keys.js';
import { type Cip30Wallet, cip30Keys, keysOf } from '../../src/index.js';

const SEED_PHRASE = 'test walk nut penalty hip pave soap entry language right filter choice';
const TAG = '11'.repeat(32);

test('the keys of a wallet are these, on each network and for each channel others', async () => {
  const keys = await deriveIouKeys(
    await keysOf({ seedPhrase: SEED_PHRASE }, 'cardano:preview'),
    'cardano:preview',
  );
  expect(keys.keyOf(TAG).publicKey).toMatchInlineSnapshot(
    `"7a1d6dc3b9baf0acf15145c1a73987dd17fdaaf1d36b007e46bbd9ff59c092da"`,
  );
  expect(keys.keyOf('22'.repeat(32)).publicKey).toMatchInlineSnapshot(
    `"050ed072bfeb0f5c0563ab540bd704c4df24753483a2de4227fe3bbb40854a61"`,
  );
  const preprod = await keysOf({ seedPhrase: SEED_PHRASE }, 'cardano:preprod');
  expect((await deriveIouKeys(preprod, 'cardano:preprod')).keyOf(TAG).publicKey).toMatchInlineSnapshot(
    `"3068da46fc4b3ba266238a2b242a9ee2dd521d60a8f9e351d2cffc64101be02f"`,
  );
});

test('a promise is the signature of the validator’s message, and of no other amount, channel or key', async () => {
  const keys = await deriveIouKeys(
    await keysOf({ seedPhrase: SEED_PHRASE }, 'cardano:preview'),
    'cardano:preview',
  );
  const key = keys.keyOf(TAG);
  const signature = key.sign(203_000n);
  expect(key.sign(203_000n)).toBe(signature);
  expect(isPromise(TAG, 203_000n, key.publicKey, signature)).toBe(true);
  expect(isPromise(TAG, 203_001n, key.publicKey, signature)).toBe(false);
  expect(isPromise('22'.repeat(32), 203_000n, key.publicKey, signature)).toBe(false);
  expect(isPromise(TAG, 203_000n, keys.keyOf('22'.repeat(32)).publicKey, signature)).toBe(false);
  expect(isPromise(TAG, 203_000n, key.publicKey, 'zz')).toBe(false);
  expect(isPromise(TAG, 2n ** 64n, key.publicKey, signature)).toBe(false);
});

test('the binding’s vector: its signature is the promise of 203000 by its key', () => {
  const publicKey = 'ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c';
  const signature =
    'd09aac1f109a70db6328acec3e83d01f9d894d6bab248b03e8689ac3818526582426262cbd8c14ec2d763696910748159405ff38ee3d049c1a3954ddfa073a08';
  expect(isPromise(TAG, 203_000n, publicKey, signature)).toBe(true);
});

test('a wallet in a browser derives the keys that its seed phrase derives', async () => {
  const seedPhrase = generateSeedPhrase();
  const { paymentKey, address } = walletFromSeed(seedPhrase, { network: 'Preview' });
  const parsed = parseAddress(address);
  if (!parsed.ok) throw new Error(parsed.error);
  const hex = toHex(parsed.value.bytes);
  const wallet: Cip30Wallet = {
    getNetworkId: async () => 0,
    getChangeAddress: async () => hex,
    getUsedAddresses: async () => [hex],
    getUnusedAddresses: async () => [],
    getRewardAddresses: async () => [],
    getUtxos: async () => [],
    signTx: async () => 'a0',
    signData: async (signer, payload) => signData(signer, payload, paymentKey),
  };
  const own = await deriveIouKeys(await keysOf({ seedPhrase }, 'cardano:preview'), 'cardano:preview');
  const browsers = await deriveIouKeys(await cip30Keys(wallet, 'cardano:preview'), 'cardano:preview');
  expect(browsers.keyOf(TAG).publicKey).toBe(own.keyOf(TAG).publicKey);
  const signed = readCbor(fromHex(signData(hex, '00', paymentKey).signature) ?? new Uint8Array(), {
    maxBytes: 4096,
    maxDepth: 8,
  });
  expect(signed.ok).toBe(true);
});

test('a wallet that cannot sign data has no channels', async () => {
  await expect(deriveIouKeys({}, 'cardano:preview')).rejects.toThrow('a wallet that signs data');
});
