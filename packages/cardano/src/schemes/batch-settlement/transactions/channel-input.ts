import type { ChainOutput } from '../../../ledger/facts/index.js';
import { err, ok, type Result } from '../../../result.js';
import { type Channel, readChannel } from '../channel/channel.js';
import type { Stage } from '../codec/datum.js';
import type { BuildFailure, ValidatorSource } from './transaction.js';
import type { Output } from './write.js';

/** A channel that a transaction spends. */
export type ChannelInput = { readonly output: ChainOutput; readonly channel: Channel };

/** The hash of the validator that a transaction brings along; empty where there is none, which no channel has. */
export function hashOf(source: ValidatorSource): string {
  const script = source.kind === 'witness' ? source.script : source.output.referenceScript;
  return script?.hash ?? '';
}

/** Reads a channel that must be at one of these stages. */
export function channelInput(
  output: ChainOutput,
  scriptHash: string,
  stages: readonly Stage['kind'][],
): Result<ChannelInput, BuildFailure> {
  const channel = readChannel(output, scriptHash);
  if (!channel.ok) return notThis(channel.error);
  const found = channel.value.datum.stage.kind;
  if (stages.includes(found)) return ok({ output, channel: channel.value });
  return notThis(`expected a channel that is ${stages.join(' or ')}, found one that is ${found}`);
}

export function notThis(message: string): Result<never, BuildFailure> {
  return err({ kind: 'channel', message });
}

/** The output that continues a channel. */
export function continued({ output, channel }: ChannelInput, stage: Stage, value: Output['value']): Output {
  return { address: output.address, value, datum: { ...channel.datum, stage } };
}
