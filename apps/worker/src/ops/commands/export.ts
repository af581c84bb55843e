import { ok } from '@x402-facilitator/cardano';
import {
  type Settlement,
  type SponsorshipReading,
  type SponsorshipStore,
  settlementsIn,
  sponsorshipIdSchema,
  type UnreadableSettlement,
} from '@x402-facilitator/journal';
import { toReport, wordsOfUnreadable } from '@x402-facilitator/shared/operations';
import type { CommandContext } from '../command.js';

/**
 * `ops export`: every settlement that ended in the given time, or was accepted in it and has not ended, one JSON object
 * per line, with what the wallet paid for it. Settlements older than `settle.retentionSeconds` are gone.
 */
export async function exportSettlements(
  { networks, out, err }: CommandContext,
  { since, until = Number.POSITIVE_INFINITY }: { readonly since: number; readonly until?: number },
): Promise<number> {
  for (const { network, journal, sponsorships } of networks) {
    const unreadable: UnreadableSettlement[] = [];
    for await (const readings of journal.all(network)) {
      unreadable.push(...readings.flatMap((reading) => (reading.ok ? [] : [reading.error])));
      for (const settlement of settlementsIn(readings)) {
        const atMs = accountedAtMs(settlement);
        if (atMs < since || atMs >= until) continue;
        const sponsorship = await sponsorshipOf(settlement, sponsorships, (reason) =>
          err(`${network}: the sponsorship of ${settlement.txHash} cannot be read: ${reason}`),
        );
        out(JSON.stringify({ ...toReport(settlement), sponsorship: sponsorship ?? null }));
      }
    }
    if (unreadable.length > 0) err(`${network}: ${wordsOfUnreadable(unreadable)}`);
  }
  return 0;
}

/** What the wallet lent to a payment and what came back, in lovelace as text. */
async function sponsorshipOf(
  { sponsorship: text }: Settlement,
  store: Pick<SponsorshipStore, 'read'>,
  onUnreadable: (reason: string) => void,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const id = sponsorshipIdSchema.safeParse(text);
  const reading: SponsorshipReading = id.success ? await store.read(id.data) : ok(undefined);
  if (!reading.ok) onUnreadable(reading.error.reason);
  const sponsorship = reading.ok ? reading.value : undefined;
  if (sponsorship === undefined) return undefined;
  const { state, input, lovelace, feeLovelace = 0n, lentLovelace = 0n } = sponsorship;
  const isPaid = state === 'signed' || state === 'spent';
  return {
    id: sponsorship.id,
    state,
    input,
    lovelace: lovelace.toString(),
    feeLovelace: (isPaid ? feeLovelace : 0n).toString(),
    lentLovelace: (isPaid ? lentLovelace : 0n).toString(),
    changeLovelace: (isPaid ? lovelace - feeLovelace - lentLovelace : lovelace).toString(),
  };
}

function accountedAtMs({ endedAtMs, queuedAtMs }: Settlement): number {
  return endedAtMs ?? queuedAtMs;
}
