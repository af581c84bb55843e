import type { ChainOutput } from '../../../ledger/facts/index.js';
import type { Result } from '../../../result.js';
import type { BuildFailure, ChannelTransaction, ScriptContext } from './transaction.js';

/** What to redeem of one channel. */
export type ClaimedChannel = {
  /** The channel at its current position. Open: it is redeemed by Sub. Closed: it is settled. */
  readonly channel: ChainOutput;
  /** The latest IOU. */
  readonly iou: { readonly amount: bigint; readonly signature: string };
  /** What is redeemed of it in all, cumulative: above what was redeemed before, at most the IOU. */
  readonly total: bigint;
};

/** Channels of one validator and one provider to redeem. */
export type ClaimPlan = ScriptContext & {
  readonly channels: readonly ClaimedChannel[];
  /** bech32: one output for ADA, and one for each token. */
  readonly payTo: string;
  /** What to do when an output of ADA to `payTo` would be below min-UTxO: refuse, or add to it from `funding`. */
  readonly belowMinimum: 'refuse' | 'add';
  /** Earlier payouts at `payTo`: spent, and put into the new ones. Their key must sign. */
  readonly fold?: readonly ChainOutput[] | undefined;
};

export declare function buildClaim(plan: ClaimPlan): Result<ChannelTransaction, BuildFailure>;
