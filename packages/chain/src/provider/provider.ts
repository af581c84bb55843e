import type {
  AssetId,
  ChainAsset,
  ChainOutput,
  ChainPoint,
  Network,
  OutRef,
  ProtocolParameters,
  Timeline,
  TxHash,
} from '@x402-facilitator/cardano';
import type { Asking } from './asking.js';
import type { ProviderCallOutcome } from './outcome.js';

/** Gives the current time in POSIX milliseconds; `Date.now` outside tests. */
export type Clock = () => number;

/** A block as the follower needs it. */
export type ChainBlock = ChainPoint & { readonly parentHash: string; readonly transactionCount: number };

/** One output of a transaction, with what the provider knows of its spending. */
export type ProviderOutput = {
  readonly output: ChainOutput;
  /** `unknown` when the provider left the field out: that does not mean unspent. */
  readonly spending:
    | { readonly status: 'unspent' }
    /** Some providers do not say by which transaction. */
    | { readonly status: 'spent'; readonly by?: TxHash | undefined }
    | { readonly status: 'unknown' };
};

/** An unspent output as the listing of an address shows it. */
export type UnspentOutput = {
  readonly outRef: OutRef;
  readonly lovelace: bigint;
  /** Nothing but ada: no tokens, no datum, no reference script. */
  readonly isPlainAda: boolean;
};

/** Where a transaction is on the chain. */
export type TransactionEvidence = {
  readonly txHash: TxHash;
  readonly block: ChainPoint;
  /** False for a transaction whose scripts failed: it took collateral and paid nothing. */
  readonly validContract: boolean;
};

/**
 * What a provider said to a submission. `rejected` is a node's word on the transaction in the ledger as it is now.
 * `ambiguous` means that a node may have it.
 */
export type SubmitOutcome =
  | { readonly kind: 'accepted'; readonly txHash: TxHash }
  | { readonly kind: 'already-known'; readonly message: string }
  | {
      readonly kind: 'rejected';
      readonly message: string;
      /** The ledger's predicates that no later state of the ledger lifts. Empty when a later one may take the transaction. */
      readonly lasting: readonly string[];
    }
  | {
      readonly kind: 'ambiguous';
      readonly message: string;
      /** HTTP status, where there was one. */
      readonly status?: number;
      readonly outcome?: ProviderCallOutcome;
      readonly retryAfterMs?: number;
    };

/**
 * Facts and submission on one network, from one provider. `undefined` means that the provider answered "not found". A
 * call without an answer throws `ChainProviderError`.
 */
export interface ChainProvider {
  /** A short stable name for logs and metrics. Never contains a credential. */
  readonly name: string;
  readonly network: Network;
  /** The same provider, asked by someone else. Unset where it does not matter who asks. */
  readonly askedBy?: ((asking: Asking) => ChainProvider) | undefined;
  /** All regular outputs that a transaction created, in one call. Collateral returns are left out. */
  getTransactionOutputs(txHash: TxHash): Promise<readonly ProviderOutput[] | undefined>;
  /**
   * The transaction in a block that spent an output which is known to be spent, where `getTransactionOutputs` did not say it.
   * `undefined` when none is found: the index may be behind.
   */
  getSpender(output: ChainOutput): Promise<TxHash | undefined>;
  getTip(): Promise<ChainBlock>;
  getBlock(hashOrHeight: string | number): Promise<ChainBlock | undefined>;
  /** Blocks after the given one in chain order, at most `limit` (1 to 100). `undefined` when the block is unknown. */
  getBlocksAfter(hashOrHeight: string | number, limit: number): Promise<readonly ChainBlock[] | undefined>;
  /** Ids of a block's transactions, 100 a page, pages from 1. */
  getBlockTransactions(hashOrHeight: string | number, page: number): Promise<readonly TxHash[] | undefined>;
  getTransaction(txHash: TxHash): Promise<TransactionEvidence | undefined>;
  /**
   * A transaction of a block as it stands there, with all its witnesses. `undefined` also where the provider did not keep
   * it. The bytes are not checked: decode them and compare the id.
   */
  getTransactionBytes(txHash: TxHash): Promise<Uint8Array | undefined>;
  isInMempool(txHash: TxHash): Promise<boolean>;
  /** The unspent outputs of a bech32 address at the provider's tip, each once. Empty for one that was never used. */
  getUnspentOutputs(address: string): Promise<readonly UnspentOutput[]>;
  /** A native asset with its holders and the metadata of its minting. */
  getAsset(asset: AssetId): Promise<ChainAsset | undefined>;
  getProtocolParameters(): Promise<ProtocolParameters>;
  getTimeline(): Promise<Timeline>;
  /** Sends bytes exactly as signed. Never throws: when anything goes wrong on the way the outcome is `ambiguous`. */
  submitTransaction(bytes: Uint8Array): Promise<SubmitOutcome>;
}

/** A provider that owns connections. */
export type ClosableChainProvider = ChainProvider & {
  /** Whether something accepts connections where it is. No call is made, so this costs nothing of a quota. */
  canConnect(): Promise<boolean>;
  /** Drops the connections; calls under way fail. */
  close(): Promise<void>;
};
