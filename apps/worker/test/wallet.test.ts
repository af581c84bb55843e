import { expect, it } from 'vitest';
import { openWallet, WalletError } from '../src/wallet/index.js';
import { newPrivateKey } from './support/payments.js';

const PHRASE = `${'abandon '.repeat(23)}art`;
const blockfrost = { url: 'http://127.0.0.1:9/api/v0' };

it('a seed phrase gives the address of its network, with any spaces between its words', async () => {
  const open = (network: 'cardano:preview' | 'cardano:mainnet', seedPhrase: string) =>
    openWallet({ network, secret: { kind: 'seedPhrase', seedPhrase }, blockfrost });
  const preview = await open('cardano:preview', PHRASE);
  expect(preview.address).toMatch(/^addr_test1q/);
  expect((await open('cardano:preview', `  ${PHRASE.replaceAll(' ', '\n ')} `)).address).toBe(
    preview.address,
  );
  expect((await open('cardano:mainnet', PHRASE)).address).toMatch(/^addr1q/);
});

it('a private key gives its enterprise address', async () => {
  const key = newPrivateKey();
  const { address } = await openWallet({
    network: 'cardano:preview',
    secret: { kind: 'privateKey', privateKey: key.privateKey },
    blockfrost,
  });
  expect(address).toBe(await key.address());
  expect(address).toMatch(/^addr_test1v/);
});

it.each([
  { kind: 'seedPhrase', seedPhrase: 'these words are my secret and no phrase' },
  { kind: 'seedPhrase', seedPhrase: 'abandon '.repeat(24) },
  { kind: 'privateKey', privateKey: 'ed25519_sk1secretsecretsecret' },
] as const)('a secret that is not a wallet is refused without being quoted (%#)', async (secret) => {
  const error: unknown = await openWallet({ network: 'cardano:preview', secret, blockfrost }).catch(
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(WalletError);
  const text = error instanceof Error ? `${error.message} ${error.stack} ${String(error.cause)}` : '';
  expect(text).toContain(`chain.facilitator.${secret.kind} is not a wallet: expected`);
  for (const word of ['secret', 'abandon']) expect(text).not.toContain(word);
});
