import {
  type Channel,
  capacityOf,
  continuationOf,
  readChannel,
  subbedOf,
} from '@x402-facilitator/cardano/channels';
import {
  type ChainOutput,
  decodeTransaction,
  type OutRef,
  outRefKey,
  parseOutRef,
  readCreatedOutputs,
} from '@x402-facilitator/cardano/ledger';
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
  let at = parseOutRef(ref);
  let output = at && (await provenOutput(chain, at));
  if (at === undefined || output === undefined) return { kind: 'absent' };
  let channel = channelIn(output, scriptHash);
  if (channel === undefined || channel.datum.constants.tag !== id) return { kind: 'absent' };
  if (chain.tellsNoSpenders === true) return listed(channel, output, chain);
  for (let steps = 0; steps < MAX_STEPS; steps += 1) {
    const spender = await chain.spenderOf(at);
    if (spender === undefined) return { kind: 'found', channel, output };
    const created = await outputsOfSpender(chain, at, spender);
    const next = continuationOf(channel, created);
    if (next === undefined) return { kind: 'ended' };
    output = created.find((each) => outRefKey(each.outRef) === next.ref) ?? output;
    at = output.outRef;
    channel = next;
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

async function outputsOfSpender(
  chain: ChainReader,
  spent: OutRef,
  spender: NonNullable<Awaited<ReturnType<ChainReader['spenderOf']>>>,
): Promise<readonly ChainOutput[]> {
  const included = await chain.transaction(spender);
  const decoded = included && decodeTransaction(included.bytes);
  const isProven =
    decoded?.ok === true &&
    decoded.value.id === spender &&
    decoded.value.inputs.some((input) => outRefKey(input) === outRefKey(spent));
  const created = included && readCreatedOutputs(included.bytes, included.isValid);
  if (!isProven || created?.ok !== true)
    throw new ChainUnreachableError(`the chain's provider does not prove that ${spender} spent the channel`);
  return created.value.outputs;
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
