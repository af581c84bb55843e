import type { TxHash } from '@x402-facilitator/cardano';
import { type Settlement, WordNotReplicatedError } from '@x402-facilitator/journal';
import { wordsOfUnreadable } from '@x402-facilitator/shared/operations';
import type { ConnectedNetwork, Connection } from './connect.js';
import { OpsError } from './errors.js';

/** What a command gets besides its operands and options. */
export type CommandContext = Omit<Connection, 'close'> & {
  /** Writes the command's result, one line or several. */
  readonly out: (text: string) => void;
  /** Writes errors, and remarks for people only. */
  readonly err: (text: string) => void;
  /** POSIX milliseconds. */
  readonly now: () => number;
};

/** Makes a command's action, which runs it against the Redis of the configuration. */
export type Connected = <Given extends readonly unknown[]>(
  command: (context: CommandContext, ...given: Given) => Promise<number>,
) => (...given: Given) => Promise<void>;

export type ReasonOption = { readonly reason?: string };
export type JsonOption = { readonly json?: boolean };

/**
 * Says a word for every network. One that replicas lack keeps no other network from hearing it.
 *
 * @returns whether all have it.
 */
export async function sayToAll(
  { networks, err }: Pick<CommandContext, 'networks' | 'err'>,
  say: (at: ConnectedNetwork) => Promise<void>,
): Promise<boolean> {
  let haveAll = true;
  for (const at of networks)
    await say(at).catch((error: unknown) => {
      if (!(error instanceof WordNotReplicatedError)) throw error;
      haveAll = false;
      err(`${at.network}: ${error.message}`);
    });
  return haveAll;
}

/**
 * The settlement of a transaction, wherever it is kept.
 *
 * @throws OpsError when there is none, or its record cannot be read.
 */
export async function findAnywhere(
  { networks, history }: Pick<CommandContext, 'networks' | 'history'>,
  txHash: TxHash,
): Promise<{
  readonly settlement: Settlement;
  readonly at: ConnectedNetwork;
  readonly isArchived: boolean;
}> {
  const names = networks.map(({ network }) => network);
  const { reading, archived } = await history.find(names, txHash);
  if (!reading.ok) throw new OpsError(`${reading.error.network}: ${wordsOfUnreadable([reading.error])}`);
  const { value: settlement } = reading;
  const at = networks.find(({ network }) => network === settlement?.network);
  if (settlement === undefined || at === undefined)
    throw new OpsError(`no settlement of ${txHash} is known on ${names.join(', ')}`);
  return { settlement, at, isArchived: archived !== undefined };
}

/** @throws OpsError when no network has a settlement of the transaction, or its record cannot be read. */
export async function findSettlement(
  networks: readonly ConnectedNetwork[],
  txHash: TxHash,
): Promise<{ readonly settlement: Settlement; readonly at: ConnectedNetwork }> {
  for (const at of networks) {
    const reading = await at.journal.read(at.network, txHash);
    if (!reading.ok) throw new OpsError(`${at.network}: ${wordsOfUnreadable([reading.error])}`);
    if (reading.value !== undefined) return { settlement: reading.value, at };
  }
  const searched = networks.map(({ network }) => network).join(', ');
  throw new OpsError(`no settlement of ${txHash} is known on ${searched}`);
}
