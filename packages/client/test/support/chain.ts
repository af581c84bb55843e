import {
  CML,
  credentialToAddress,
  generateSeedPhrase,
  getAddressDetails,
  scriptHashToCredential,
  walletFromSeed,
} from '@lucid-evolution/lucid';
import type { PaymentRequirements } from '@x402/core/types';
import { type Devnet, startDevnet } from '@x402-facilitator/devnet';
import { TEST_TOKEN_POLICY } from '@x402-facilitator/devnet/testing';
import { afterAll, expect } from 'vitest';
import { blockfrost, type Keys, keysOf, openWallet } from '../../src/index.js';

const TOKEN_NAME = Buffer.from('tUSDM').toString('hex');
/** The devnet's test token, as the scheme writes it. */
export const TOKEN = `${TEST_TOKEN_POLICY}.${TOKEN_NAME}`;
export const OTHER_TOKEN_NAME = Buffer.from('other').toString('hex');

/** What a seller asks on the devnet: 2 ADA by the default method, unless changed. */
export function priceOf<Change extends Partial<PaymentRequirements>>(payTo: string, change?: Change) {
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

/** An output on the devnet, in the form of a sponsor's offer. */
export type Granted = {
  readonly transaction: string;
  readonly index: number;
  readonly address: string;
  readonly lovelace: bigint;
};

/** One for all tests of a file: each has its own wallets. */
let shared: Promise<Devnet> | undefined;
afterAll(async () => (await shared)?.close());

/** A wallet on a devnet. */
export async function openChain() {
  shared ??= startDevnet({ blockMs: 0 });
  const devnet = await shared;
  const chain = blockfrost('cardano:preview', { url: devnet.url });
  const keys = counted(await keysOf({ seedPhrase: generateSeedPhrase() }, 'cardano:preview'));
  const wallet = await openWallet({ chain, secret: keys });
  return { devnet, chain, keys, wallet, grant: granterOn(devnet) };
}

function granterOn({ faucet }: Devnet) {
  return (address: string, lovelace: bigint, assets: Readonly<Record<string, bigint>> = {}): Granted => {
    const result = faucet.grant({ address, lovelace, assets: new Map(Object.entries(assets)), outputs: 1 });
    const [output] = result.kind === 'granted' ? result.outputs : [];
    if (output === undefined) throw new Error(JSON.stringify(result));
    return { transaction: output.txHash, index: output.index, address, lovelace: output.lovelace };
  };
}

export const tokens = (amount: bigint) => ({ [TOKEN_NAME]: amount });

export function newAddress(): string {
  return walletFromSeed(generateSeedPhrase(), { network: 'Preview' }).address;
}

/** The same payment key with a stranger's stake part. The wallet can spend its outputs, but does not list them. */
export function withForeignStake(address: string): string {
  const payment = getAddressDetails(address).paymentCredential;
  const stake = getAddressDetails(newAddress()).stakeCredential;
  if (payment === undefined || stake === undefined) throw new Error('expected a base address');
  return credentialToAddress('Preview', payment, stake);
}

/** The address of a script that asks only for the wallet's signature. */
export function scriptOf(address: string): string {
  const hash = getAddressDetails(address).paymentCredential?.hash;
  if (hash === undefined) throw new Error('expected an address with a payment key');
  const script = CML.NativeScript.new_script_pubkey(CML.Ed25519KeyHash.from_hex(hash));
  return credentialToAddress('Preview', scriptHashToCredential(script.hash().to_hex()));
}

let made = 0;

/** The same keys, whose signatures are counted. */
export function counted(keys: Keys): Keys {
  return {
    ...keys,
    sign: (...transaction) => {
      made += 1;
      return keys.sign(...transaction);
    },
  };
}

/** Counts every signature that counted keys make from now on. */
export function countSignatures(): () => number {
  const before = made;
  return () => made - before;
}

/** Fails unless the payment fails for this reason, with nothing signed on the way. */
export async function expectRefused(
  payment: Promise<unknown>,
  reason: string | RegExp,
  signatures: () => number,
): Promise<void> {
  await expect(payment).rejects.toThrow(reason);
  expect(signatures(), 'signatures made').toBe(0);
}
