import type { TxHash } from '@x402-facilitator/cardano';
import type { Settlement } from '@x402-facilitator/journal';
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

export type ReasonOption = { readonly reason?: string };
export type JsonOption = { readonly json?: boolean };

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
