import { type Settlement, settlementsIn, type UnreadableSettlement } from '@x402-facilitator/journal';
import { wordsOfUnreadable } from '@x402-facilitator/shared/operations';
import { sponsorshipOf } from '../archive/index.js';
import type { CommandContext } from './command.js';

/** Of which settlements: ended in this time, or accepted in it and not ended. POSIX ms. */
export type Window = {
  readonly fromMs: number;
  readonly untilMs: number;
  /** The key that they were claimed with; all when unset. */
  readonly keyName?: string | undefined;
};

/** A settlement, and what the wallet paid for it. */
export type Walked = {
  readonly settlement: Settlement;
  readonly sponsorship: Readonly<Record<string, unknown>> | undefined;
};

/**
 * Every settlement of a time, from Redis and the archive as one, each once, unordered. Of what is in Redis it remembers the
 * ids, and of the archive one page.
 *
 * @throws ArchiveUnavailableError when an archive is configured and does not answer: a part is never told as the whole.
 */
export async function* walkHistory(
  { networks, archive, err }: Pick<CommandContext, 'networks' | 'archive' | 'err'>,
  { fromMs, untilMs, keyName }: Window,
): AsyncIterable<Walked> {
  for (const { network, journal, sponsorships } of networks) {
    const unreadable: UnreadableSettlement[] = [];
    const seen = new Set<string>();
    // Redis first: what is archived meanwhile is in both, and what was archived before is in the archive.
    for await (const readings of journal.all(network)) {
      unreadable.push(...readings.flatMap((reading) => (reading.ok ? [] : [reading.error])));
      for (const settlement of settlementsIn(readings)) {
        const atMs = settlement.endedAtMs ?? settlement.queuedAtMs;
        if (atMs < fromMs || atMs >= untilMs) continue;
        if (keyName !== undefined && settlement.keyName !== keyName) continue;
        seen.add(settlement.txHash);
        const sponsorship = await sponsorshipOf(settlement, sponsorships, (reason) =>
          err(`${network}: the sponsorship of ${settlement.txHash} cannot be read: ${reason}`),
        );
        yield { settlement, sponsorship };
      }
    }
    if (unreadable.length > 0) err(`${network}: ${wordsOfUnreadable(unreadable)}`);
    if (archive === undefined) continue;
    for await (const page of archive.pages({ network, fromMs, untilMs, keyName }))
      for (const { settlement, sponsorship } of page)
        if (!seen.has(settlement.txHash)) yield { settlement, sponsorship };
  }
}
