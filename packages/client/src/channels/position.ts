import {
  type Channel,
  capacityOf,
  channelStep,
  continuationOf,
  readChannel,
  subbedOf,
} from '@x402-facilitator/cardano/channels';
import { type ChainOutput, outRefKey, parseOutRef } from '@x402-facilitator/cardano/ledger';
import { type ChainReader, ChainUnreachableError, provenOutput } from '../chain/index.js';
import type { ChannelRecord } from './record.js';

/** Where a channel is, by the buyer's own provider and the bytes of transactions. */
export type Position =
  | { readonly kind: 'found'; readonly channel: Channel; readonly output: ChainOutput }
  /** A transaction ended it. */
  | { readonly kind: 'ended' }
  /** The place from which it was followed is not on the ledger. */
  | { readonly kind: 'absent' };

/** A channel moves with each claim and top-up; one that was followed further than this is taken for a provider's fault. */
const MAX_STEPS = 1000;

/**
 * Follows a channel from its last proven position. Each step is read out of the bytes of the transaction that made it.
 *
 * @throws ChainUnreachableError when the provider does not answer, or contradicts itself.
 */
export async function positionOf(
  { ref, id, scriptHash }: Pick<ChannelRecord, 'ref' | 'id' | 'scriptHash'>,
  chain: ChainReader,
): Promise<Position> {
  const from = parseOutRef(ref);
  const made = from && (await provenOutput(chain, from));
  const first = made && channelIn(made, scriptHash);
  if (made === undefined || first === undefined || first.datum.constants.tag !== id)
    return { kind: 'absent' };
  let at: { readonly channel: Channel; readonly output: ChainOutput } = { channel: first, output: made };
  if (chain.tellsNoSpenders === true) return listed(at.channel, at.output, chain);
  for (let steps = 0; steps < MAX_STEPS; steps += 1) {
    const spent = at.output.outRef;
    const spender = await chain.spenderOf(spent);
    if (spender === undefined) return { kind: 'found', channel: at.channel, output: at.output };
    const included = await chain.transaction(spender);
    const step = included && channelStep(at.channel, { spent, spender }, included);
    if (step?.ok !== true)
      throw new ChainUnreachableError(
        `the chain's provider does not prove that ${spender} spent the channel`,
      );
    if (step.value.kind === 'ended') return { kind: 'ended' };
    at = step.value;
  }
  throw new ChainUnreachableError(`the chain's provider moves the channel ${id} without end`);
}

/** For a provider that does not tell what spent an output: the channel is among the unspent ones, or gone. */
async function listed(channel: Channel, output: ChainOutput, chain: ChainReader): Promise<Position> {
  for (const each of await chain.unspentOutputs(output.address)) {
    if (outRefKey(each.outRef) === channel.ref) return { kind: 'found', channel, output };
    const { tag } = channel.datum.constants;
    if (each.inlineDatum?.includes(tag) !== true) continue;
    const proven = await provenOutput(chain, each.outRef);
    const found = proven && continuationOf(channel, [proven]);
    if (proven !== undefined && found !== undefined) return { kind: 'found', channel: found, output: proven };
  }
  return { kind: 'ended' };
}

function channelIn(output: ChainOutput, scriptHash: string): Channel | undefined {
  const read = readChannel(output, scriptHash);
  return read.ok ? read.value : undefined;
}

/** A record with what the chain shows of its channel. */
export function atPosition(
  record: ChannelRecord,
  position: Position,
  parameters: { readonly coinsPerUtxoByte: bigint },
  nowMs: number,
): ChannelRecord {
  if (position.kind === 'absent') return record;
  if (position.kind === 'ended')
    return { ...record, state: 'ended', transaction: null, pending: null, changedAtMs: nowMs };
  const { channel } = position;
  const { stage } = channel.datum;
  if (stage.kind === 'settled') return { ...record, state: 'settled', ref: channel.ref, changedAtMs: nowMs };
  const subbed = subbedOf(channel);
  const count = BigInt(record.count);
  return {
    ...record,
    state: stage.kind === 'closed' ? 'closed' : 'open',
    ref: channel.ref,
    toldRef: record.toldRef ?? channel.ref,
    capacity: String(capacityOf(channel, parameters)),
    subbed: String(subbed),
    // What was redeemed is gone, whether it was served or not.
    count: String(subbed > count ? subbed : count),
    changedAtMs: nowMs,
  };
}
