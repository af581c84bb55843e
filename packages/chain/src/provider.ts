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

/** A block as the follower needs it. */
export type ChainBlock = ChainPoint & { readonly parentHash: string; readonly transactionCount: number };

/** One output of a transaction, with what the provider knows of its spending. */
export type ProviderOutput = {
  readonly output: ChainOutput;
  /** `unknown` when the provider left the field out: absent is unknown, not unspent. */
  readonly spending:
    | { readonly status: 'unspent' }
    /** Not every provider says by which transaction. */
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

/** Where a transaction stands on the chain. */
export type TransactionEvidence = {
  readonly txHash: TxHash;
  readonly block: ChainPoint;
  /** False for a transaction whose scripts failed: it took collateral and paid nothing. */
  readonly validContract: boolean;
};

/**
 * What a provider said to a submission. Only `rejected` speaks of the transaction itself; everything that leaves a
 * doubt is `ambiguous`: the node may have it.
 */
export type SubmitOutcome =
  | { readonly kind: 'accepted'; readonly txHash: TxHash }
  | { readonly kind: 'already-known'; readonly message: string }
  | { readonly kind: 'rejected'; readonly message: string }
  | {
      readonly kind: 'ambiguous';
      readonly message: string;
      /** HTTP status, where there was one. */
      readonly status?: number;
      readonly outcome?: ProviderCallOutcome;
      readonly retryAfterMs?: number;
    };

/**
 * Facts and submission on one network, from one provider. `undefined` means that the provider answered and knows no
 * such thing; everything else that is not an answer throws `ChainProviderError`.
 */
export interface ChainProvider {
  /** A short stable name for logs and metrics. Never contains a credential. */
  readonly name: string;
  readonly network: Network;
  /** All regular outputs that a transaction created, in one call. Collateral returns are left out. */
  getTransactionOutputs(txHash: TxHash): Promise<readonly ProviderOutput[] | undefined>;
  getTip(): Promise<ChainBlock>;
  getBlock(hashOrHeight: string | number): Promise<ChainBlock | undefined>;
  /** Blocks after the given one in chain order, at most `limit` (1 to 100); `undefined` when the block is unknown. */
  getBlocksAfter(hashOrHeight: string | number, limit: number): Promise<readonly ChainBlock[] | undefined>;
  /** Ids of a block's transactions, 100 a page, pages from 1. */
  getBlockTransactions(hashOrHeight: string | number, page: number): Promise<readonly TxHash[] | undefined>;
  getTransaction(txHash: TxHash): Promise<TransactionEvidence | undefined>;
  isInMempool(txHash: TxHash): Promise<boolean>;
  /** Everything unspent at a bech32 address as of the provider's tip, each once; empty for one that was never used. */
  getUnspentOutputs(address: string): Promise<readonly UnspentOutput[]>;
  /** A native asset with who holds it, and what its minting says of it. */
  getAsset(asset: AssetId): Promise<ChainAsset | undefined>;
  getProtocolParameters(): Promise<ProtocolParameters>;
  getTimeline(): Promise<Timeline>;
  /** Bytes exactly as signed. Never throws: whatever goes wrong on the way is `ambiguous`. */
  submitTransaction(bytes: Uint8Array): Promise<SubmitOutcome>;
}

/** A provider that owns connections. */
export type ClosableChainProvider = ChainProvider & {
  /** Drops the connections; calls under way fail. */
  close(): Promise<void>;
};

/** How one call to a provider ended; a bounded set, fit for a metric label. */
export type ProviderCallOutcome =
  | 'ok'
  | 'not_found'
  | 'refused'
  | 'quota_exhausted'
  | 'forbidden'
  | 'banned'
  | 'mempool_full'
  | 'rate_limited'
  | 'server_error'
  | 'timeout'
  | 'connection_failed'
  | 'malformed'
  /** It serves another network than it is configured for. */
  | 'wrong_network'
  /** It has no such operation. */
  | 'unsupported'
  /** Our own budget for it is used up; nothing was sent. */
  | 'budget_exhausted'
  /** Its circuit is open; nothing was sent. */
  | 'circuit_open';

/** A provider did not answer a read: time-out, connection, HTTP error, or a body that is not of the documented shape. */
export class ChainProviderError extends Error {
  override readonly name = 'ChainProviderError';
  readonly provider: string;
  readonly operation: string;
  /** HTTP status, where there was one. */
  readonly status: number | undefined;
  /** How the call ended; unset for a failure of no single call. */
  readonly outcome: ProviderCallOutcome | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    details: {
      readonly provider: string;
      readonly operation: string;
      readonly status?: number;
      readonly outcome?: ProviderCallOutcome;
      readonly retryAfterMs?: number;
      readonly cause?: unknown;
    },
  ) {
    super(message, { cause: details.cause });
    this.provider = details.provider;
    this.operation = details.operation;
    this.status = details.status;
    this.outcome = details.outcome;
    this.retryAfterMs = details.retryAfterMs;
  }
}
