import type { Network as LucidNetwork, Wallet as LucidWallet } from '@lucid-evolution/lucid';
import { type Network, networkIdOf } from '@x402-facilitator/cardano';

/** How to derive the wallet: the operator configures one of the two. */
export type WalletSecret =
  | { readonly kind: 'seedPhrase'; readonly seedPhrase: string }
  | { readonly kind: 'privateKey'; readonly privateKey: string };

/** The facilitator's own wallet on one network. Its key never leaves `lucid`. */
export type FacilitatorWallet = {
  readonly network: Network;
  /** bech32. */
  readonly address: string;
  readonly lucid: LucidWallet;
};

/** The configured wallet cannot be opened. The message never quotes the secret. */
export class WalletError extends Error {
  override readonly name = 'WalletError';
}

const LUCID_NETWORKS: Readonly<Record<Network, LucidNetwork>> = {
  'cardano:mainnet': 'Mainnet',
  'cardano:preprod': 'Preprod',
  'cardano:preview': 'Preview',
};

/**
 * Opens the wallet. Nothing is read from the chain.
 *
 * @param options.blockfrost where Lucid reads and submits when the wallet is used.
 * @throws WalletError when the secret is not a wallet's, or its address is of another network.
 */
export async function openWallet(options: {
  readonly network: Network;
  readonly secret: WalletSecret;
  readonly blockfrost: { readonly url?: string | undefined; readonly projectId?: string | undefined };
}): Promise<FacilitatorWallet> {
  const { network, secret, blockfrost } = options;
  // Lucid brings a WebAssembly ledger of some hundred megabytes: only workers with a wallet pay for it.
  const { Blockfrost, makeWalletFromPrivateKey, makeWalletFromSeed } = await import('@lucid-evolution/lucid');
  const provider = new Blockfrost(blockfrost.url ?? hostedBlockfrost(network), blockfrost.projectId);
  const lucidNetwork = LUCID_NETWORKS[network];
  try {
    const lucid =
      secret.kind === 'seedPhrase'
        ? makeWalletFromSeed(provider, lucidNetwork, secret.seedPhrase.trim().replace(/\s+/g, ' '))
        : makeWalletFromPrivateKey(provider, lucidNetwork, secret.privateKey.trim());
    const address = await lucid.address();
    const prefix = networkIdOf(network) === 1 ? 'addr1' : 'addr_test1';
    if (!address.startsWith(prefix))
      throw new WalletError(`expected an address ${prefix}…, found ${address}`);
    return { network, address, lucid };
  } catch (error) {
    if (error instanceof WalletError) throw error;
    // The library's own words may quote what they could not parse.
    const expected =
      secret.kind === 'seedPhrase'
        ? 'expected a BIP-39 phrase of 12, 15 or 24 words with a valid checksum'
        : 'expected a bech32 ed25519_sk1… or ed25519e_sk1… key';
    throw new WalletError(`chain.facilitator.${secret.kind} is not a wallet: ${expected}`);
  }
}

function hostedBlockfrost(network: Network): string {
  return `https://${network.replace(':', '-')}.blockfrost.io/api/v0`;
}
