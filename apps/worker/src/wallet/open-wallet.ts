import type {
  LucidEvolution,
  Network as LucidNetwork,
  ProtocolParameters as LucidParameters,
  Wallet as LucidWallet,
  UTxO,
} from '@lucid-evolution/lucid';
import {
  blake2b224,
  type Network,
  networkIdOf,
  parseShelleyAddress,
  type ShelleyAddress,
  toHex,
} from '@x402-facilitator/cardano';

/** How to derive the wallet: the operator configures one of the two. */
export type WalletSecret =
  | { readonly kind: 'seedPhrase'; readonly seedPhrase: string }
  | { readonly kind: 'privateKey'; readonly privateKey: string };

/** The facilitator's own wallet on one network. Its key never leaves it. */
export type FacilitatorWallet = {
  readonly network: Network;
  /** bech32. */
  readonly address: string;
  readonly parsedAddress: ShelleyAddress;
  readonly lucid: LucidWallet;
  /** Of the payment key, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Signs bytes with the payment key (Ed25519). The same bytes always get the same signature. */
  readonly sign: (message: Uint8Array) => Uint8Array;
  /** Lucid for the wallet's own transactions, over these outputs. It asks no chain and cannot sign. */
  readonly newBuilder: (parameters: LucidParameters, outputs: UTxO[]) => Promise<LucidEvolution>;
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
 * @param options.blockfrost a provider that Lucid requires but never calls: this worker asks its own chain client.
 * @throws WalletError when the secret is not a wallet's, or its address is of another network.
 */
export async function openWallet(options: {
  readonly network: Network;
  readonly secret: WalletSecret;
  readonly blockfrost: { readonly url?: string | undefined; readonly projectId?: string | undefined };
}): Promise<FacilitatorWallet> {
  const { network, secret, blockfrost } = options;
  // Lucid loads a WebAssembly ledger of some hundred megabytes, so only workers with a wallet load it.
  const { Blockfrost, CML, Lucid, makeWalletFromPrivateKey, makeWalletFromSeed, walletFromSeed } =
    await import('@lucid-evolution/lucid');
  const provider = new Blockfrost(blockfrost.url ?? hostedBlockfrost(network), blockfrost.projectId);
  const lucidNetwork = LUCID_NETWORKS[network];
  try {
    const phrase = secret.kind === 'seedPhrase' ? secret.seedPhrase.trim().replace(/\s+/g, ' ') : '';
    const lucid =
      secret.kind === 'seedPhrase'
        ? makeWalletFromSeed(provider, lucidNetwork, phrase)
        : makeWalletFromPrivateKey(provider, lucidNetwork, secret.privateKey.trim());
    const paymentKey = CML.PrivateKey.from_bech32(
      secret.kind === 'seedPhrase'
        ? walletFromSeed(phrase, { network: lucidNetwork }).paymentKey
        : secret.privateKey.trim(),
    );
    const publicKey = paymentKey.to_public().to_raw_bytes();
    const address = await lucid.address();
    const prefix = networkIdOf(network) === 1 ? 'addr1' : 'addr_test1';
    if (!address.startsWith(prefix))
      throw new WalletError(`expected an address ${prefix}…, found ${address}`);
    const parsed = parseShelleyAddress(address);
    if (!parsed.ok || parsed.value.payment.hash !== toHex(blake2b224(publicKey)))
      throw new WalletError(`expected the address of the wallet's own key, found ${address}`);
    return {
      network,
      address,
      parsedAddress: parsed.value,
      lucid,
      publicKey,
      sign: (message) => paymentKey.sign(message).to_raw_bytes(),
      newBuilder: async (presetProtocolParameters, outputs) => {
        const builder = await Lucid(provider, lucidNetwork, { presetProtocolParameters });
        builder.selectWallet.fromAddress(address, outputs);
        return builder;
      },
    };
  } catch (error) {
    if (error instanceof WalletError) throw error;
    // The library's own message may quote the secret.
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
