import type { ChainOutput, Network, ProtocolParameters, TxHash } from '@x402-facilitator/cardano';

/** What is read of the chain, from a provider that the seller chose. A read without an answer throws. `blockfrost` of the client's package is one. */
export type SponsorChain = {
  readonly network: Network;
  /** The unspent outputs of a bech32 address that hold no script, each once. */
  unspentOutputs(
    address: string,
  ): Promise<readonly Pick<ChainOutput, 'outRef' | 'address' | 'lovelace' | 'assets' | 'inlineDatum'>[]>;
  /** All protocol parameters of now. */
  ledgerParameters?(): Promise<ProtocolParameters>;
  /** `undefined` for a transaction that is in no block. `isValid` is false when its scripts failed. */
  transaction(txHash: TxHash): Promise<{ readonly bytes: Uint8Array; readonly isValid: boolean } | undefined>;
};

/** The key that pays fees, a hot one: not that of `payTo`. `keysOf` of the client's package makes them. */
export type SponsorKeys = {
  /** bech32. Its outputs of ADA alone are what is offered. */
  readonly address: string;
  /**
   * Signs a whole transaction.
   *
   * @param transactionId its id, 32 bytes.
   */
  sign(
    transaction: Uint8Array,
    transactionId: Uint8Array,
  ): Promise<readonly { readonly publicKey: Uint8Array; readonly signature: Uint8Array }[]>;
};

/** Whose outputs are offered, and up to which cost. */
export type FeeSponsorOptions = {
  readonly chain: SponsorChain;
  readonly keys: SponsorKeys;
  /** The largest fee that is paid for one payment, in lovelace; 300 000 by default. */
  readonly maxFeeLovelace?: bigint;
  /**
   * The largest output that is offered, in lovelace; 5 000 000 by default. All of it but the fee goes to `payTo`, so that larger
   * ones should be split first.
   */
  readonly mostLovelace?: bigint;
  /** How old the list of outputs may be, in milliseconds; 20 000 by default. */
  readonly refreshMs?: number;
  /** Is told what went wrong. The route goes on: its buyers pay their fee, or get another 402. */
  readonly onError?: (error: unknown) => void;
  /** POSIX milliseconds; the system's clock by default. */
  readonly clock?: () => number;
};
