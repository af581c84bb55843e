import type {
  AssetId,
  ChainOutput,
  Network,
  OutRef,
  ProtocolParameters,
  Result,
  TxHash,
} from '@x402-facilitator/cardano/ledger';
import type { ChainAsset } from '@x402-facilitator/cardano/masumi';

/** The protocol parameters that a payment costs by. Amounts in lovelace, sizes in bytes. */
export type CostParameters = Pick<
  ProtocolParameters,
  'minFeePerByte' | 'minFeeConstant' | 'coinsPerUtxoByte' | 'maxTransactionBytes' | 'maxValueBytes'
>;

/** An output that a payment can spend. */
export type WalletOutput = Pick<ChainOutput, 'outRef' | 'address' | 'lovelace' | 'assets' | 'inlineDatum'>;

/** A transaction in a block. */
export type IncludedTransaction = {
  readonly bytes: Uint8Array;
  /** False when its scripts failed, so that it left only its collateral return. */
  readonly isValid: boolean;
  /** The height of its block. */
  readonly height: number;
};

/**
 * What a buyer reads of the chain, from a provider that the buyer chose. A read without an answer throws
 * `ChainUnreachableError`; it never counts as "not there".
 */
export type ChainReader = {
  readonly network: Network;
  /** The unspent outputs of a bech32 address, each once. Those that hold a script are left out: they cost its fee. */
  unspentOutputs(address: string): Promise<readonly WalletOutput[]>;
  /** The protocol parameters of now. */
  parameters(): Promise<CostParameters>;
  /** The newest block. */
  tip(): Promise<{ readonly height: number; readonly slot: number }>;
  /** `undefined` for a transaction that is in no block. */
  transaction(txHash: TxHash): Promise<IncludedTransaction | undefined>;
  /** The transaction that spent an output; `undefined` for an unspent one, and where the provider does not say. */
  spenderOf(outRef: OutRef): Promise<TxHash | undefined>;
  /** Says that `spenderOf` never knows. */
  readonly tellsNoSpenders?: boolean;
  /** An asset's entry; `undefined` when it was never minted. Only registered sellers of Masumi need it. */
  asset?(asset: AssetId): Promise<ChainAsset | undefined>;
  /** All protocol parameters that a script's transaction costs by. Only channels need it. */
  ledgerParameters?(): Promise<ProtocolParameters>;
  /** Sends a transaction to the network. Only a buyer that leaves a channel alone needs it. An error is the node's refusal. */
  submit?(transaction: Uint8Array): Promise<Result<TxHash, string>>;
};

/** The provider did not answer, or with something else. Nothing follows from it. */
export class ChainUnreachableError extends Error {
  override readonly name = 'ChainUnreachableError';
}
