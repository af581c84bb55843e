import type { WalletOutput } from '../chain/index.js';

/** A key's signature over a transaction. */
export type Witness = { readonly publicKey: Uint8Array; readonly signature: Uint8Array };

/** What opens a wallet's outputs, and how it signs. Only the wallet's own check is allowed to ask for a signature. */
export type Keys = {
  /** bech32. Change comes back to it. */
  readonly address: string;
  /** Hashes of all keys that it signs with, lowercase hex. The wallet can lose any output that one of them unlocks. */
  readonly keyHashes: ReadonlySet<string>;
  /**
   * Signs a whole unsigned transaction.
   *
   * @param transactionId its id, 32 bytes.
   */
  sign(transaction: Uint8Array, transactionId: Uint8Array): Promise<readonly Witness[]>;
  /**
   * Signs data by the key of `address` (CIP-8, as CIP-30's `signData` does). Channels derive their keys from one such
   * signature; without it the wallet has no channels.
   *
   * @returns the Ed25519 signature alone, 64 bytes. The same payload always gives the same one.
   */
  readonly signData?: ((payload: Uint8Array) => Promise<Uint8Array>) | undefined;
  /** Its unspent outputs, where the wallet knows them itself. Without it they are read from the chain. */
  readonly unspentOutputs?: (() => Promise<readonly WalletOutput[]>) | undefined;
};
