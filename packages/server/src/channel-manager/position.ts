import {
  type Channel,
  capacityOf,
  channelStep,
  readChannel,
  subbedOf,
} from '@x402-facilitator/cardano/channels';
import { type ChainOutput, parseOutRef } from '@x402-facilitator/cardano/ledger';
import type { ChannelRecord, ChannelView } from '../channels/store.js';
import { outputAt } from './output-at.js';
import type { ChannelChain } from './settings.js';

/** A channel as the ledger has it now. */
export type Found = {
  readonly kind: 'found';
  readonly channel: Channel;
  readonly output: ChainOutput;
  /** What was redeemed in all. */
  readonly total: bigint;
  /** POSIX seconds at which the buyer closed it; 0 while it is open. */
  readonly closedAt: number;
  /** The last position that no rollback is expected to take back. */
  readonly anchor: string;
};

export type Position =
  | Found
  /** A transaction ended it; `isFinal` once that is deep enough to stay. */
  | { readonly kind: 'ended'; readonly isFinal: boolean }
  /** None of the places from which it was followed is on the ledger. */
  | { readonly kind: 'absent' };

/** What is so deep is taken to stay. */
const FINAL_BLOCKS = 10;
/** A channel moves with each claim and top-up; one that was followed further than this is taken for a provider's fault. */
const MAX_STEPS = 1000;

type Known = Pick<
  ChannelRecord,
  'channelId' | 'scriptHash' | 'channelRef' | 'totalClaimed' | 'withdrawRequestedAt'
>;

/**
 * Follows a channel. Each step is read out of the bytes of the transaction that made it.
 *
 * @param anchor where to begin; the record's own position is the second choice.
 * @throws Error when the provider does not answer, or contradicts itself.
 */
export async function positionOf(
  known: Known,
  anchor: string,
  chain: ChannelChain,
  tipHeight: number,
): Promise<Position> {
  for (const ref of new Set([anchor, known.channelRef])) {
    const outRef = parseOutRef(ref);
    const output = outRef && (await outputAt(chain, outRef));
    const channel = output && readChannel(output, known.scriptHash);
    if (output === undefined || channel?.ok !== true) continue;
    if (channel.value.datum.constants.tag !== known.channelId) continue;
    const isSettled = channel.value.datum.stage.kind === 'settled';
    return walk(chain, tipHeight, {
      kind: 'found',
      channel: channel.value,
      output,
      // A settled channel no longer says them itself.
      total: isSettled ? known.totalClaimed : subbedOf(channel.value),
      closedAt: isSettled ? Math.max(1, known.withdrawRequestedAt) : closedAtOf(channel.value),
      anchor: ref,
    });
  }
  return { kind: 'absent' };
}

async function walk(chain: ChannelChain, tipHeight: number, from: Found): Promise<Position> {
  let at = from;
  for (let steps = 0; steps < MAX_STEPS; steps += 1) {
    const spender = await chain.spenderOf(at.output.outRef);
    if (spender === undefined) return at;
    const included = await chain.transaction(spender);
    if (included === undefined)
      throw new Error(`the chain's provider does not know ${spender}, which it named`);
    const step = channelStep(at.channel, { spent: at.output.outRef, spender }, included);
    if (!step.ok) throw new Error(`the chain's provider proves another thing: ${step.error}`);
    const isFinal = included.height + FINAL_BLOCKS <= tipHeight;
    if (step.value.kind === 'ended') return { kind: 'ended', isFinal };
    const { channel, output } = step.value;
    const isSettled = channel.datum.stage.kind === 'settled';
    at = {
      kind: 'found',
      channel,
      output,
      total: isSettled ? at.total + at.channel.held - channel.held : subbedOf(channel),
      closedAt: isSettled ? at.closedAt : closedAtOf(channel),
      anchor: isFinal && !isSettled ? channel.ref : at.anchor,
    };
  }
  throw new Error(`the chain's provider moves the channel ${from.channel.datum.constants.tag} without end`);
}

function closedAtOf({ datum: { stage, constants } }: Channel): number {
  if (stage.kind !== 'closed') return 0;
  return Math.max(1, Number((stage.elapseAtMs - constants.closePeriodMs) / 1000n));
}

/** What the store is told. A settled channel has nothing left to promise. */
export function viewOf(
  { channel, total, closedAt }: Pick<Found, 'channel' | 'total' | 'closedAt'>,
  parameters: { readonly coinsPerUtxoByte: bigint },
): ChannelView {
  const isSettled = channel.datum.stage.kind === 'settled';
  return {
    channelRef: channel.ref,
    balance: isSettled ? total : capacityOf(channel, parameters),
    totalClaimed: total,
    withdrawRequestedAt: closedAt,
  };
}
