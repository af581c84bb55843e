import { parseTxHash, type TxHash } from '@x402-facilitator/cardano';
import type { Settlement } from '@x402-facilitator/journal';
import type { Desk, NetworkDesk } from './desk.js';
import { OpsError, UsageError } from './usage.js';
import { wordsOfUnreadable } from './words.js';

/** What a command is given. */
export type CommandContext = {
  readonly desk: Desk;
  readonly operands: readonly string[];
  readonly options: {
    readonly reason?: string | undefined;
    readonly timeout?: string | undefined;
    readonly since?: string | undefined;
    readonly until?: string | undefined;
    readonly json?: boolean | undefined;
  };
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** POSIX milliseconds. */
  readonly now: () => number;
};

/**
 * One command of `ops`.
 *
 * @returns the exit code.
 * @throws UsageError, OpsError, JournalUnavailableError, QueueUnavailableError.
 */
export type Command = (context: CommandContext) => Promise<number>;

/** The one settlement that a command is about. */
export async function settlementNamed({
  desk,
  operands,
}: Pick<CommandContext, 'desk' | 'operands'>): Promise<{
  readonly settlement: Settlement;
  readonly at: NetworkDesk;
}> {
  const txHash = transactionNamed(operands);
  for (const at of desk.networks) {
    const reading = await at.journal.read(at.network, txHash);
    if (!reading.ok) throw new OpsError(`${at.network}: ${wordsOfUnreadable([reading.error])}`);
    if (reading.value !== undefined) return { settlement: reading.value, at };
  }
  const searched = desk.networks.map(({ network }) => network).join(', ');
  throw new OpsError(`no settlement of ${txHash} is known on ${searched}`);
}

function transactionNamed([text, ...more]: readonly string[]): TxHash {
  const txHash = text === undefined ? undefined : parseTxHash(text);
  if (txHash === undefined || more.length > 0)
    throw new UsageError(
      `expected one transaction id of 64 hex characters, found "${[text, ...more].join(' ')}"`,
    );
  return txHash;
}
