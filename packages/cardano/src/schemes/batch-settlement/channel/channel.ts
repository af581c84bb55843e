import { parseShelleyAddress, type ShelleyAddress } from '../../../ledger/address/index.js';
import type { ChainOutput } from '../../../ledger/facts/index.js';
import { type AssetId, LOVELACE } from '../../../ledger/primitives/asset.js';
import { equalBytes } from '../../../ledger/primitives/bytes.js';
import { fromHex } from '../../../ledger/primitives/hex.js';
import { type OutRef, type OutRefKey, outRefKey } from '../../../ledger/primitives/out-ref.js';
import type { TxHash } from '../../../ledger/primitives/tx-hash.js';
import { provenOutputs } from '../../../ledger/transaction/proven-outputs.js';
import type { Transaction } from '../../../ledger/transaction/transaction.js';
import { err, ok, type Result } from '../../../result.js';
import type { Followed } from '../../scheme.js';
import { type ChannelDatum, isSameChannel, readDatum } from '../codec/datum.js';
import { payableOf } from './reserve.js';

/** A channel at one position: an output at its validator whose datum is a channel's. */
export type Channel = {
  readonly ref: OutRefKey;
  readonly address: ShelleyAddress;
  readonly addressBytes: Uint8Array;
  readonly datum: ChannelDatum;
  readonly lovelace: bigint;
  /** Units of its currency: lovelace or tokens. */
  readonly held: bigint;
};

/** The hash of the script that guards an output, if a script does. */
export function guardOf(address: string): string | undefined {
  const parsed = parseShelleyAddress(address);
  return parsed.ok && parsed.value.payment.kind === 'script' ? parsed.value.payment.hash : undefined;
}

/** Whether an output holds ADA and this currency and nothing else. */
export function isOnly({ assets }: Pick<ChainOutput, 'assets'>, currency: AssetId): boolean {
  return [...assets.keys()].every((asset) => asset === currency);
}

/** Units of a currency in an output. */
export function heldOf(
  { lovelace, assets }: Pick<ChainOutput, 'lovelace' | 'assets'>,
  currency: AssetId,
): bigint {
  return currency === LOVELACE ? lovelace : (assets.get(currency) ?? 0n);
}

/** Units of a currency that a transaction pays to an address. */
export function paidTo({ outputs }: Transaction, payTo: ShelleyAddress, currency: AssetId): bigint {
  return outputs
    .filter(({ addressBytes }) => equalBytes(addressBytes, payTo.bytes))
    .reduce((sum, output) => sum + heldOf(output, currency), 0n);
}

/**
 * Reads an output as a channel of a validator.
 *
 * @param scriptHash the validator's, lowercase hex.
 * @returns the channel, or why the output is none.
 */
export function readChannel(output: ChainOutput, scriptHash: string): Result<Channel, string> {
  const address = parseShelleyAddress(output.address);
  if (!address.ok || address.value.payment.kind !== 'script' || address.value.payment.hash !== scriptHash)
    return err(`expected an address guarded by ${scriptHash}, found ${output.address}`);
  if (output.referenceScript !== undefined) return err('expected no reference script, found one');
  if (output.inlineDatum === undefined) return err('expected an inline datum, found none');
  const datum = readDatum(fromHex(output.inlineDatum) ?? new Uint8Array());
  if (!datum.ok) return datum;
  const { currency } = datum.value.constants;
  if (!isOnly(output, currency)) return err(`expected ADA and ${currency} only, found other assets`);
  return ok({
    ref: outRefKey(output.outRef),
    address: address.value,
    addressBytes: address.value.bytes,
    datum: datum.value,
    lovelace: output.lovelace,
    held: heldOf(output, currency),
  });
}

/** The part of a channel that says what was redeemed. */
export type ChannelStage = { readonly datum: Pick<ChannelDatum, 'stage'> };

/** What was redeemed in all; a settled channel's datum no longer says it. */
export function subbedOf({ datum: { stage } }: ChannelStage): bigint {
  return stage.kind === 'settled' ? 0n : stage.subbed;
}

/** How far an IOU may go: what was redeemed, and what the channel can still pay out without the consumer. */
export function capacityOf(channel: Channel, parameters: { readonly coinsPerUtxoByte: bigint }): bigint {
  return subbedOf(channel) + payableOf(channel, channel.held, parameters);
}

/**
 * Where a channel went when its output was spent: the first output at the same address that is the same channel.
 *
 * @param created the outputs of the transaction that spent it, in their order.
 * @returns `undefined` where the transaction ended the channel.
 */
export function continuationOf(channel: Channel, created: readonly ChainOutput[]): Channel | undefined {
  for (const output of created) {
    const found = readChannel(output, channel.datum.ownHash);
    if (!found.ok || found.value.address.text !== channel.address.text) continue;
    if (isSameChannel(found.value.datum, channel.datum)) return found.value;
  }
  return undefined;
}

/** A channel after its output was spent: at another place, or ended. */
export type ChannelStep =
  | { readonly kind: 'moved'; readonly channel: Channel; readonly output: ChainOutput }
  | { readonly kind: 'ended' };

/**
 * One step of following a channel, out of the bytes of the transaction that spent it.
 *
 * @param at where the channel was, and the id of what spent it there.
 * @returns what became of it, or what the bytes do not prove. Never throws.
 * @example
 * const step = channelStep(channel, { spent: output.outRef, spender }, included);
 */
export function channelStep(
  channel: Channel,
  at: { readonly spent: OutRef; readonly spender: TxHash },
  included: { readonly bytes: Uint8Array; readonly isValid: boolean },
): Result<ChannelStep, string> {
  const made = provenOutputs(included, at.spender, at.spent);
  if (!made.ok) return made;
  const next = continuationOf(channel, made.value);
  const output = made.value.find(({ outRef }) => outRefKey(outRef) === next?.ref);
  return ok(
    next === undefined || output === undefined ? { kind: 'ended' } : { kind: 'moved', channel: next, output },
  );
}

/** How to follow a channel of a validator from a position at which it once was. */
export function channelFrom(from: OutRef, scriptHash: string): Followed {
  return {
    from,
    next(spent, created) {
      const channel = readChannel(spent, scriptHash);
      const after = channel.ok ? continuationOf(channel.value, created) : undefined;
      return created.find(({ outRef }) => outRefKey(outRef) === after?.ref);
    },
  };
}

/** A channel as sellers and buyers are told of it: `extra` of a valid answer. Amounts are decimal text. */
export type ChannelState = {
  readonly channelId: string;
  /** Empty for one that is not opened yet. */
  readonly channelRef: string;
  /** Its capacity. */
  readonly balance: string;
  readonly totalClaimed: string;
  /** POSIX seconds at which its consumer closed it; 0 while it is open. */
  readonly withdrawRequestedAt: number;
};

/** The state of a channel at its position. */
export function channelStateOf(
  channel: Channel,
  parameters: { readonly coinsPerUtxoByte: bigint },
): ChannelState {
  const { stage, constants } = channel.datum;
  return {
    channelId: constants.tag,
    channelRef: channel.ref,
    balance: `${capacityOf(channel, parameters)}`,
    totalClaimed: `${subbedOf(channel)}`,
    withdrawRequestedAt:
      stage.kind === 'closed' ? Number((stage.elapseAtMs - constants.closePeriodMs) / 1000n) : 0,
  };
}
