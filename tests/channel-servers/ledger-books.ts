import { readChannel, subbedOf } from '@x402-facilitator/cardano/channels';
import {
  type ChainOutput,
  decodeTransaction,
  type OutRef,
  outRefKey,
  parseOutRef,
  readCreatedOutputs,
  type TxHash,
} from '@x402-facilitator/cardano/ledger';
import type { ChainReader } from '@x402-facilitator/client';

/** What the ledger says of one channel. Lovelace. */
export type ChannelBooks = {
  /** By the opening and the top-ups. */
  readonly deposited: bigint;
  /** What the provider took, in all its claims. */
  readonly claimed: bigint;
  /** What was in it when its consumer ended it. `undefined` for one that is there still. */
  readonly returned: bigint | undefined;
  /** What its consumer's transactions cost. */
  readonly fees: bigint;
  /** The provider's transactions, with the fee of each. */
  readonly claims: ReadonlyMap<TxHash, bigint>;
};

/** Follows a channel of ADA from its opening to its end, by the bytes of the transactions alone. */
export async function booksOf(
  chain: ChainReader,
  { channelId, scriptHash, opening }: { channelId: string; scriptHash: string; opening: string },
): Promise<ChannelBooks> {
  const at = (outputs: readonly ChainOutput[]) =>
    outputs.find((output) => {
      const read = readChannel(output, scriptHash);
      return read.ok && read.value.datum.constants.tag === channelId;
    });
  const openedAt = parseOutRef(opening);
  if (openedAt === undefined) throw new Error(`expected txHash#index, found ${opening}`);
  const first = await made(chain, openedAt.txHash);
  const claims = new Map<TxHash, bigint>();
  let output = at(first.outputs);
  if (output === undefined) throw new Error(`expected the channel ${channelId} at ${opening}, found none`);
  let [deposited, claimed, fees] = [output.lovelace as bigint, 0n, first.fee];
  for (;;) {
    const spender = await chain.spenderOf(output.outRef);
    if (spender === undefined) return { deposited, claimed, returned: undefined, fees, claims };
    const { fee, outputs } = await made(chain, spender, output.outRef);
    const next = at(outputs);
    if (next === undefined)
      return { deposited, claimed, returned: output.lovelace, fees: fees + fee, claims };
    const taken = output.lovelace - next.lovelace;
    if (taken > 0n) {
      claimed += taken;
      claims.set(spender, fee);
    } else {
      deposited -= taken;
      fees += fee;
    }
    const channel = readChannel(next, scriptHash);
    // A settled channel no longer says what was taken.
    if (channel.ok && channel.value.datum.stage.kind !== 'settled' && subbedOf(channel.value) !== claimed)
      throw new Error(`the channel ${channelId} says ${subbedOf(channel.value)} claimed, found ${claimed}`);
    output = next;
  }
}

async function made(chain: ChainReader, txHash: TxHash, spent?: OutRef) {
  const included = await chain.transaction(txHash);
  const decoded = included && decodeTransaction(included.bytes);
  const created = included && readCreatedOutputs(included.bytes, included.isValid);
  if (!decoded?.ok || !created?.ok) throw new Error(`expected the transaction ${txHash}, found none`);
  const { id, fee, inputs } = decoded.value;
  const isProven =
    id === txHash && (spent === undefined || inputs.some((each) => outRefKey(each) === outRefKey(spent)));
  if (!isProven || !included?.isValid) throw new Error(`expected ${txHash} to spend the channel`);
  return { fee: fee as bigint, outputs: created.value.outputs };
}
