import { setTimeout as sleep } from 'node:timers/promises';
import { JournalUnavailableError, settlementsIn } from '@x402-facilitator/journal';
import { wordsOfUnreadable } from '@x402-facilitator/shared/operations';
import { type CommandContext, type ReasonOption, sayToAll } from '../command.js';
import type { ConnectedNetwork } from '../connect.js';

const LOOK_MS = 500;
const SAY_MS = 10_000;
/** Above this number of pending settlements, the indexes alone give the count. */
const READ_AT_MOST = 500;

/**
 * `ops drain`: takes no new settlements and waits until all accepted ones have ended. The submit queue keeps running.
 * If an operator has paused it, it stays paused, and the operator is warned.
 */
export async function drain(
  context: CommandContext,
  { reason, timeout = Number.POSITIVE_INFINITY }: ReasonOption & { readonly timeout?: number },
): Promise<number> {
  const { networks, out, err, now } = context;
  const deadlineMs = now() + timeout * 1000;
  const haveAll = await sayToAll(context, async ({ network, pause: door, queue }) => {
    const mode = (await queue.isPaused()) ? 'paused' : 'draining';
    await door.close({ mode, sinceMs: now(), ...(reason === undefined ? {} : { reason }) });
    if (mode === 'paused')
      err(`${network}: the submit queue is paused; what is queued waits for \`ops resume\` or its TTL`);
  });
  if (!haveAll) return 1;
  let saidAtMs = Number.NEGATIVE_INFINITY;
  for (;;) {
    const left = await unfinished(networks);
    if (left === 0) {
      out('drained: nothing is pending; `ops resume` takes new settlements again');
      for (const { network, journal } of networks) {
        const unreadable = await journal.unreadable(network);
        if (unreadable.length > 0) err(`${network}: ${wordsOfUnreadable(unreadable)}`);
      }
      return 0;
    }
    if (now() >= deadlineMs) {
      err(`not drained in time: ${left ?? 'an unknown number'} still pending, and no new ones are taken`);
      return 1;
    }
    if (now() - saidAtMs >= SAY_MS) {
      err(left === undefined ? 'Redis does not answer: waiting for it' : `${left} pending`);
      saidAtMs = now();
    }
    await sleep(LOOK_MS);
  }
}

/** Undefined while Redis is away, which may happen during maintenance. */
async function unfinished(networks: readonly ConnectedNetwork[]): Promise<number | undefined> {
  try {
    const counts = await Promise.all(networks.map(countOf));
    return counts.reduce((sum, count) => sum + count, 0);
  } catch (error) {
    if (error instanceof JournalUnavailableError) return undefined;
    throw error;
  }
}

/** A settlement that only the mempool confirms has not ended yet. An unreadable record is not waited for. */
async function countOf({ journal, network }: ConnectedNetwork): Promise<number> {
  const { pending, awaiting } = await journal.counts(network);
  const count = Math.max(pending, awaiting);
  if (count === 0 || count > READ_AT_MOST) return count;
  const unended = [...(await journal.awaiting(network, count)), ...(await journal.included(network))];
  return settlementsIn(await journal.readMany(network, unended)).length;
}
