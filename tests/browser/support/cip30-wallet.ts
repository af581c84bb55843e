import { CML } from '@lucid-evolution/lucid';
import { blockfrost, type Cip30Wallet, keysOf, newSeedPhrase, openWallet } from '@x402-facilitator/client';
import type { Stack } from '@x402-facilitator/tools/stack';
import type { BrowserContext } from 'playwright-core';

/** A refusal as CIP-30 writes it. */
export type WalletError = { readonly code: number; readonly info: string };

export const REFUSED: WalletError = { code: -3, info: 'The user does not want this site' };
export const DECLINED: WalletError = { code: 2, info: 'User declined to sign' };

export type WalletOptions = {
  readonly name?: string;
  readonly icon?: string;
  /** Its name in `window.cardano`. */
  readonly key?: string;
};

const ICON = `data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#0b7646"/><path d="M9 12h14v10H9z" fill="#fff"/></svg>')}`;

/**
 * A CIP-30 wallet for every page of a browser context. Its keys and its outputs are real, on the stack's devnet; what a person
 * would do in its window, the test decides.
 */
export async function installWallet(context: BrowserContext, stack: Stack, options: WalletOptions = {}) {
  const { name = 'Test Wallet', icon = ICON, key = 'test' } = options;
  const secret = { seedPhrase: newSeedPhrase() };
  const keys = await keysOf(secret, stack.network);
  const chain = blockfrost(stack.network, { url: stack.devnet.url });
  const address = CML.Address.from_bech32(keys.address).to_hex();
  const wallet = {
    address: keys.address,
    networkId: 0,
    /** What it answers to `enable` and `signTx` instead of doing it. */
    onEnable: undefined as WalletError | 'silence' | undefined,
    onSign: undefined as WalletError | 'silence' | undefined,
    /** Its unspent outputs, as CIP-30 writes them. */
    unspent: async () =>
      (await chain.unspentOutputs(keys.address)).map(({ outRef, lovelace, assets }) => {
        const multiasset = CML.MultiAsset.new();
        for (const [asset, quantity] of assets) {
          const [policy = '', assetName = ''] = asset.split('.');
          multiasset.set(CML.ScriptHash.from_hex(policy), CML.AssetName.from_hex(assetName), quantity);
        }
        const output = CML.TransactionOutput.new(
          CML.Address.from_bech32(keys.address),
          CML.Value.new(lovelace, multiasset),
        );
        const input = CML.TransactionInput.new(
          CML.TransactionHash.from_hex(outRef.txHash),
          BigInt(outRef.index),
        );
        return CML.TransactionUnspentOutput.new(input, output).to_cbor_hex();
      }),
    /** The same wallet in another program. */
    elsewhere: () => openWallet({ chain, secret }),
    /** What it takes for its unspent outputs while it is behind the chain. */
    staleOutputs: undefined as readonly string[] | undefined,
    /** How often it has signed. */
    signatures: 0,
  };
  const methods: Record<Exclude<keyof Cip30Wallet, 'signData'> | 'enable', (argument: string) => unknown> = {
    enable: () => {
      if (wallet.onEnable === 'silence') return new Promise(() => undefined);
      if (wallet.onEnable !== undefined) throw wallet.onEnable;
      return undefined;
    },
    getNetworkId: () => wallet.networkId,
    getChangeAddress: () => address,
    getUsedAddresses: () => [address],
    getUnusedAddresses: () => [],
    getRewardAddresses: () => [],
    getUtxos: async () => wallet.staleOutputs ?? (await wallet.unspent()),
    signTx: async (hex) => {
      if (wallet.onSign === 'silence') return new Promise(() => undefined);
      if (wallet.onSign !== undefined) throw wallet.onSign;
      const transaction = CML.Transaction.from_cbor_hex(hex);
      const id = CML.hash_transaction(transaction.body()).to_raw_bytes();
      const witnesses = CML.VkeywitnessList.new();
      for (const { publicKey, signature } of await keys.sign(Buffer.from(hex, 'hex'), id))
        witnesses.add(
          CML.Vkeywitness.new(
            CML.PublicKey.from_bytes(publicKey),
            CML.Ed25519Signature.from_raw_bytes(signature),
          ),
        );
      const set = CML.TransactionWitnessSet.new();
      set.set_vkeywitnesses(witnesses);
      wallet.signatures += 1;
      return set.to_cbor_hex();
    },
  };
  await context.exposeFunction(`wallet_${key}`, async (method: keyof typeof methods, argument: string) => {
    try {
      return { value: await methods[method](argument) };
    } catch (error) {
      return { error };
    }
  });
  await context.addInitScript(
    ({ key, name, icon, names }) => {
      const call = async (method: string, argument?: unknown) => {
        const answered = await (
          Reflect.get(globalThis, `wallet_${key}`) as (...args: unknown[]) => Promise<{
            value?: unknown;
            error?: unknown;
          }>
        )(method, argument);
        if (answered.error !== undefined) throw answered.error;
        return answered.value;
      };
      const offered = Reflect.get(globalThis, 'cardano') ?? {};
      Reflect.set(globalThis, 'cardano', offered);
      offered[key] = {
        apiVersion: '1',
        name,
        icon,
        enable: async () => {
          await call('enable');
          return Object.fromEntries(
            names.map((method) => [method, (argument?: unknown) => call(method, argument)]),
          );
        },
      };
    },
    { key, name, icon, names: Object.keys(methods) },
  );
  return wallet;
}
