import { CML, generateSeedPhrase, walletFromSeed } from '@lucid-evolution/lucid';
import { bech32 } from '@scure/base';
import { blake2b256, toHex } from '@x402-facilitator/cardano';
import { expect, test } from 'vitest';
import { keysOf, newSeedPhrase } from '../src/index.js';
import { childKey, hardened, masterKey, publicKeyOf, signExtended } from '../src/keys/bip32-ed25519.js';

/** CIP-3, Icarus: "eight country switch draw meat scout mystery blade tip drift useless good keep usage title". */
const ENTROPY = Buffer.from('46e62370a138a182a498b8e2885bc032379ddf38', 'hex');
const hexOf = async (passphrase?: string) => {
  const { left, right, chainCode } = await masterKey(ENTROPY, passphrase);
  return [left, right, chainCode].map(toHex).join('');
};

test('the master key is that of the test vectors of CIP-3, without and with a passphrase', async () => {
  expect(await hexOf()).toBe(
    'c065afd2832cd8b087c4d9ab7011f481ee1e0721e78ea5dd609f3ab3f156d245d176bd8fd4ec60b4731c3918a2a72a0226c0cd119ec35b47e4d55884667f552a23f7fdcd4a10c6cd2c7393ac61d877873e248f417634aa3d812af327ffe9d620',
  );
  expect(await hexOf('foo')).toBe(
    '70531039904019351e1afb361cd1b312a4d0565d4ff9f8062d38acf4b15cce41d7b5738d9c893feea55512a3004acb0d222c35d3e3d5cde943a15a9824cbac59443cf67e589614076ba01e354b1a432e0e6db3b59e37fc56b5fb0222970a010e',
  );
});

test('the mnemonic of CIP-19’s payment key gives the addresses that other wallets publish for it', async () => {
  const seedPhrase = 'test walk nut penalty hip pave soap entry language right filter choice';
  expect((await keysOf({ seedPhrase }, 'cardano:mainnet')).address).toBe(
    'addr1qx2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzer3jcu5d8ps7zex2k2xt3uqxgjqnnj83ws8lhrn648jjxtwqfjkjv7',
  );
  expect((await keysOf({ seedPhrase }, 'cardano:preprod')).address).toBe(
    'addr_test1qz2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzer3jcu5d8ps7zex2k2xt3uqxgjqnnj83ws8lhrn648jjxtwq2ytjqp',
  );
});

test('another wallet library finds the same address, and takes the signature', async () => {
  for (let round = 0; round < 5; round += 1) {
    const seedPhrase = round % 2 === 0 ? generateSeedPhrase() : newSeedPhrase();
    const other = walletFromSeed(seedPhrase, { network: 'Preview' });
    const keys = await keysOf({ seedPhrase }, 'cardano:preview');
    expect(keys.address).toBe(other.address);
    const message = blake2b256(new TextEncoder().encode(seedPhrase));
    const [witness] = await keys.sign(new Uint8Array(), message);
    const publicKey = CML.PrivateKey.from_bech32(other.paymentKey).to_public();
    expect(toHex(witness?.publicKey ?? new Uint8Array())).toBe(toHex(publicKey.to_raw_bytes()));
    const signature = CML.Ed25519Signature.from_raw_bytes(witness?.signature ?? new Uint8Array());
    expect(publicKey.verify(message, signature)).toBe(true);
  }
});

test('private keys in both forms of bech32 sign as another library does', async () => {
  const message = blake2b256(new Uint8Array([1]));
  const extended = walletFromSeed(generateSeedPhrase(), { network: 'Preview' }).paymentKey;
  for (const privateKey of [CML.PrivateKey.generate_ed25519().to_bech32(), extended]) {
    const other = CML.PrivateKey.from_bech32(privateKey);
    const keys = await keysOf({ privateKey }, 'cardano:preview');
    const [witness] = await keys.sign(new Uint8Array(), message);
    expect(toHex(witness?.signature ?? new Uint8Array())).toBe(other.sign(message).to_hex());
    const credential = CML.Credential.new_pub_key(other.to_public().hash());
    expect(keys.address).toBe(CML.EnterpriseAddress.new(0, credential).to_address().to_bech32());
  }
});

test('hardened and soft derivation agree with another library, index by index', async () => {
  const root = CML.Bip32PrivateKey.from_bip39_entropy(ENTROPY, new Uint8Array());
  const master = await masterKey(ENTROPY);
  for (const index of [0, 1, 2, 1815, 0x7fff_ffff, hardened(0), hardened(1852), hardened(0x7fff_ffff)]) {
    const child = childKey(master, index);
    const other = root.derive(index);
    expect(toHex(child.left) + toHex(child.right), String(index)).toBe(
      toHex(other.to_raw_key().to_raw_bytes()),
    );
    expect(toHex(publicKeyOf(child.left))).toBe(toHex(other.to_public().to_raw_key().to_raw_bytes()));
    const signature = signExtended(child, publicKeyOf(child.left), ENTROPY);
    expect(toHex(signature)).toBe(other.to_raw_key().sign(ENTROPY).to_hex());
  }
});

test.each([
  ['a mnemonic with a wrong checksum', { seedPhrase: `${'abandon '.repeat(11)}abandon` }],
  ['a mnemonic with a word of no list', { seedPhrase: `${'abandon '.repeat(11)}cardano` }],
  [
    'a private key of another kind',
    { privateKey: bech32.encode('xprv', bech32.toWords(new Uint8Array(64)), false) },
  ],
  [
    'a private key of another length',
    { privateKey: bech32.encode('ed25519_sk', bech32.toWords(new Uint8Array(31))) },
  ],
  ['something else', { privateKey: 'hello' }],
])('%s is refused, and the message does not hold it', async (_, secret) => {
  const error = await keysOf(secret, 'cardano:preview').then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Error);
  expect(String(error)).toMatch(/^Error: expected a (mnemonic|private key)/);
  expect(String(error)).not.toContain(Object.values(secret)[0]);
});
