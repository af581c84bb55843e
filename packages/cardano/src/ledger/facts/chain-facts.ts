import type { Timeline } from '../network/timeline.js';
import type { AssetId } from '../primitives/asset.js';
import type { Lovelace } from '../primitives/lovelace.js';
import type { OutRef, OutRefKey } from '../primitives/out-ref.js';
import type { Slot } from '../primitives/slot.js';
import type { TxHash } from '../primitives/tx-hash.js';
import type { ProtocolParameters } from './protocol-parameters.js';

/** An output as the chain holds it. */
export type ChainOutput = {
  readonly outRef: OutRef;
  /** bech32, or base58 for a Byron address. */
  readonly address: string;
  readonly lovelace: Lovelace;
  /** Native assets only; ADA is in `lovelace`. */
  readonly assets: ReadonlyMap<AssetId, bigint>;
  readonly datumHash?: string;
  /** CBOR hex of an inline datum. */
  readonly inlineDatum?: string;
  readonly referenceScript?: ReferenceScript;
};

/** A script that an output carries. Every transaction that spends or references the output pays a fee for it. */
export type ReferenceScript = {
  readonly hash: string;
  readonly language: 'native' | 'plutusV1' | 'plutusV2' | 'plutusV3';
  /** The script's own bytes as hex, without the language wrapper. */
  readonly bytes: string;
};

/**
 * What is known about one output. An error never counts as absence: when a provider fails, lags or leaves the field out,
 * the fact is `unknown`, never `missing`, `spent` or `unspent`.
 */
export type OutputFact =
  | { readonly status: 'unspent'; readonly output: ChainOutput }
  /** The spending transaction, where the provider names it. */
  | { readonly status: 'spent'; readonly output: ChainOutput; readonly by?: TxHash | undefined }
  | { readonly status: 'missing' }
  | { readonly status: 'unknown'; readonly reason: string };

/**
 * What is known about where something went that moves from output to output: it is followed through the transactions that
 * spend it. As with outputs, an error never counts as an end.
 */
export type FollowedFact =
  | { readonly status: 'found'; readonly output: ChainOutput }
  /** A transaction spent it and left no output to follow. */
  | { readonly status: 'ended'; readonly by: TxHash }
  /** Where it was to be followed from, there is no output. */
  | { readonly status: 'missing' }
  | { readonly status: 'unknown'; readonly reason: string };

/** A native asset as the chain knows it. */
export type ChainAsset = {
  /** How many exist: minted and not burned. */
  readonly quantity: bigint;
  /** Addresses that hold some of it; complete for an asset whose quantity is 1. */
  readonly holders: readonly string[];
  /** Its metadata from the minting transaction (CIP-25), as JSON; `null` without any. */
  readonly metadata: unknown;
};

/** What is known about one asset. As with outputs, an error never counts as absence. */
export type AssetFact =
  | { readonly status: 'found'; readonly asset: ChainAsset }
  /** It was never minted. */
  | { readonly status: 'missing' }
  | { readonly status: 'unknown'; readonly reason: string };

/** Facts of a network that change by epoch at most. */
export type NetworkFacts = { readonly parameters: ProtocolParameters; readonly timeline: Timeline };

/** Facts about every output that a transaction spends, references or offers as collateral. */
export type OutputFacts = ReadonlyMap<OutRefKey, OutputFact>;

/** A block's place in the chain. */
export type ChainPoint = { readonly hash: string; readonly height: number; readonly slot: Slot };
