import { blockfrost, type CardanoWallet, openWallet, type SignedPayment } from '@x402-facilitator/client';
import { type Devnet, startDevnet } from '@x402-facilitator/devnet';
import { TEST_TOKEN_POLICY } from '@x402-facilitator/devnet/testing';
import { onTestFinished } from 'vitest';

/** Two fresh mnemonics: the payer's and the seller's. */
const PAYER_SEED = `${'abandon '.repeat(23)}art`;
const SELLER_SEED = `${'zoo '.repeat(23)}vote`;

/** The test token of the devnet's faucet, as the scheme writes it. */
export const TOKEN = `${TEST_TOKEN_POLICY}.${Buffer.from('tUSDM').toString('hex')}`;

/** A devnet without a block timer that closes with the test. */
export async function devnetOf(options: Parameters<typeof startDevnet>[0] = {}): Promise<Devnet> {
  const devnet = await startDevnet({ blockMs: 0, ...options });
  onTestFinished(() => devnet.close());
  return devnet;
}

/** A payer with UTxOs of 50 ADA and 1 000 test tokens each, and a seller's address. */
export async function payerOn(devnet: Devnet, utxos = 1): Promise<{ wallet: CardanoWallet; payTo: string }> {
  const chain = blockfrost('cardano:preview', { url: devnet.url });
  const [wallet, seller] = await Promise.all(
    [PAYER_SEED, SELLER_SEED].map((seedPhrase) => openWallet({ chain, secret: { seedPhrase } })),
  );
  if (wallet === undefined || seller === undefined) throw new Error('no wallet');
  const granted = devnet.faucet.grant({
    address: wallet.address,
    lovelace: 50_000_000n * BigInt(utxos),
    assets: new Map([[Buffer.from('tUSDM').toString('hex'), 1_000n * BigInt(utxos)]]),
    outputs: utxos,
  });
  if (granted.kind !== 'granted') throw new Error(JSON.stringify(granted));
  return { wallet, payTo: seller.address };
}

/** The bytes of a signed payment. */
export function bytesOf(payment: SignedPayment): Uint8Array {
  return Uint8Array.from(Buffer.from(payment.transactionBase64, 'base64'));
}

/** Requirements of the default method; 2 ADA unless changed. */
export function requirements(payTo: string, change: Record<string, unknown> = {}) {
  return {
    scheme: 'exact',
    network: 'cardano:preview' as const,
    asset: 'lovelace',
    amount: '2000000',
    payTo,
    maxTimeoutSeconds: 600,
    extra: {},
    ...change,
  };
}
