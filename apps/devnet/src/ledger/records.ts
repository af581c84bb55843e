import {
  type AssetId,
  type ChainOutput,
  nativeAssetId,
  type OutRefKey,
  type Slot,
  type Transaction,
  type TxHash,
} from '@x402-facilitator/cardano';
import type { TransactionDetails } from '../transaction/index.js';

/** A block of the canonical chain. */
export type Block = {
  /** 64 lowercase hex characters. */
  readonly hash: string;
  readonly height: number;
  readonly slot: Slot;
  readonly previousHash: string;
  readonly transactions: readonly TransactionRecord[];
  /** Sum of its transactions, in bytes. */
  readonly bodyBytes: number;
};

/** An output that a transaction on the chain or in the mempool created. */
export type OutputRecord = {
  readonly key: OutRefKey;
  readonly output: ChainOutput;
  /** Return of collateral: the only output of a transaction whose scripts failed. */
  readonly collateral: boolean;
  readonly createdBy: TransactionRecord;
  /** Its keys in the index: its address, its payment credential, its assets. */
  readonly indexKeys: readonly string[];
  /** The transaction of the canonical chain that spent it. The mempool does not count. */
  spentBy: TransactionRecord | undefined;
};

/** A transaction that the ledger accepted. */
export type TransactionRecord = {
  readonly id: TxHash;
  readonly transaction: Transaction;
  readonly details: TransactionDetails;
  /** The outputs that it spends: its inputs, or its collateral when its scripts fail. */
  readonly spends: readonly OutRefKey[];
  /** What it reads: inputs, reference inputs and collateral as they were when it was accepted. */
  readonly resolved: ReadonlyMap<OutRefKey, OutputRecord>;
  readonly outputs: readonly OutputRecord[];
  /** Keys that the transaction itself touches, beyond those of its outputs: what it mints, its metadata labels. */
  readonly indexKeys: readonly string[];
  /** Wall-clock milliseconds at which the ledger accepted it. */
  readonly acceptedAtMs: number;
  /** Its position in the canonical chain. Undefined while it waits in the mempool. */
  placement: { readonly block: Block; readonly index: number } | undefined;
};

/** The asset's `unit` in Blockfrost's notation: policy id and asset name without a separator. */
export function unitOf(asset: AssetId): string {
  return asset.replace('.', '');
}

const POLICY_ID_LENGTH = 56;

/** The asset of a `unit`. */
export function assetOf(unit: string): AssetId {
  return nativeAssetId(unit.slice(0, POLICY_ID_LENGTH), unit.slice(POLICY_ID_LENGTH));
}

/** Index key of every output that a payment credential owns, with any stake part. */
export function credentialKey(hash: string): string {
  return `credential:${hash}`;
}

/** Index key of every output that holds an asset, and of the transactions that mint or burn it. */
export function assetKey(unit: string): string {
  return `asset:${unit}`;
}

/** Index key of every transaction that carries a metadata label. */
export function labelKey(label: string): string {
  return `label:${label}`;
}
