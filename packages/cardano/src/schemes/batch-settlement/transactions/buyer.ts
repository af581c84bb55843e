import type { ChainOutput } from '../../../ledger/facts/index.js';
import type { AssetId } from '../../../ledger/primitives/asset.js';
import type { OutRef } from '../../../ledger/primitives/out-ref.js';
import type { Slot } from '../../../ledger/primitives/slot.js';
import type { Result } from '../../../result.js';
import type { ChannelConstants } from '../codec/datum.js';
import type { BuildFailure, ChannelTransaction, ScriptContext, TransactionContext } from './transaction.js';

type Built = Result<ChannelTransaction, BuildFailure>;

/** A channel to open. */
export type OpeningPlan = TransactionContext & {
  /** The validator's hash, lowercase hex. */
  readonly scriptHash: string;
  /** One of `funding`: the channel's id is made from it. `channelIdOf` says it, so that the IOU key can be derived first. */
  readonly idInput: OutRef;
  readonly terms: Omit<ChannelConstants, 'tag'>;
  /** Units of the currency to lock. For ADA at least the reserve; a token's channel gets the reserve in ADA besides. */
  readonly amount: bigint;
};

/** Something to add to a channel. */
export type TopUpPlan = ScriptContext & {
  /** The channel at its current position. */
  readonly channel: ChainOutput;
  /** Units of its currency, at least 1. */
  readonly amount: bigint;
};

/** A channel to end by the agreement of both. `funding` is empty: the channel is all that it spends. */
export type RefundPlan = Omit<ScriptContext, 'funding'> & {
  readonly channel: ChainOutput;
  /** bech32: where the seller is paid. */
  readonly payTo: string;
  /** What the seller gets, in units of the currency: 0 where it has claimed everything. */
  readonly share: bigint;
};

export declare function buildOpening(plan: OpeningPlan): Built;
export declare function buildTopUp(plan: TopUpPlan): Built;
export declare function buildClose(plan: ScriptContext & { readonly channel: ChainOutput; readonly ttl: Slot }): Built;
export declare function buildEnd(plan: ScriptContext & { readonly channel: ChainOutput }): Built;
export declare function buildElapse(plan: ScriptContext & { readonly channel: ChainOutput }): Built;
export declare function buildRefund(plan: RefundPlan): Built;
export type CurrencyOf = AssetId;
