import { parseTxHash, type TxHash } from '@x402-facilitator/cardano';
import type { Settlement } from '@x402-facilitator/journal';
import type { Desk, NetworkDesk } from './access.js';
import { OpsError, UsageError } from './usage.js';

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
  const transaction = transactionNamed(operands);
  for (const at of desk.networks) {
    const settlement = await at.journal.read(at.network, transaction);
    if (settlement !== undefined) return { settlement, at };
  }
  const searched = desk.networks.map(({ network }) => network).join(', ');
  throw new OpsError(`no settlement of ${transaction} is known on ${searched}`);
}

function transactionNamed([text, ...more]: readonly string[]): TxHash {
  const transaction = text === undefined ? undefined : parseTxHash(text);
  if (transaction === undefined || more.length > 0)
    throw new UsageError(
      `expected one transaction id of 64 hex characters, found "${[text, ...more].join(' ')}"`,
    );
  return transaction;
}
