import type { Timeline } from '../network/timeline.js';
import type { AssetId } from '../primitives/asset.js';
import type { Lovelace } from '../primitives/lovelace.js';
import type { OutRef, OutRefKey } from '../primitives/out-ref.js';
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

/** A script that an output carries: its fee counts for every transaction that spends or references the output. */
export type ReferenceScript = {
  readonly hash: string;
  readonly language: 'native' | 'plutusV1' | 'plutusV2' | 'plutusV3';
  /** The script's own bytes as hex, without the language wrapper. */
  readonly bytes: string;
};

/**
 * What is known of one output. An error is never absence: a provider that failed, lagged or left the field out gives
 * `unknown`, never `missing`, `spent` or `unspent`.
 */
export type OutputFact =
  | { readonly status: 'unspent'; readonly output: ChainOutput }
  | { readonly status: 'spent'; readonly output: ChainOutput; readonly by: TxHash }
  | { readonly status: 'missing' }
  | { readonly status: 'unknown'; readonly reason: string };

/** Facts of a network that change by epoch at most. */
export type NetworkFacts = { readonly parameters: ProtocolParameters; readonly timeline: Timeline };

/** Facts about every output that a transaction spends, references or offers as collateral. */
export type OutputFacts = ReadonlyMap<OutRefKey, OutputFact>;
