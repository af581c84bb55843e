import { type Settlement, type SponsorshipStore, sponsorshipIdSchema } from '@x402-facilitator/journal';
import type { CommandContext } from '../command.js';
import { toReport } from '../words.js';

/**
 * `ops export`: every settlement that ended in the given time, or was accepted in it and has not ended, one JSON object
 * per line, with what the wallet paid for it. Settlements older than `settle.retentionSeconds` are gone.
 */
export async function exportSettlements(
  { networks, out }: CommandContext,
  { since, until = Number.POSITIVE_INFINITY }: { readonly since: number; readonly until?: number },
): Promise<number> {
  for (const { network, journal, sponsorships } of networks)
    for await (const settlements of journal.all(network))
      for (const settlement of settlements) {
        const atMs = accountedAtMs(settlement);
        if (atMs < since || atMs >= until) continue;
        const sponsorship = await sponsorshipOf(settlement, sponsorships);
        out(JSON.stringify({ ...toReport(settlement), sponsorship: sponsorship ?? null }));
      }
  return 0;
}

/** What the wallet lent to a payment and how much came back, in lovelace as text. */
async function sponsorshipOf(
  { sponsorship: text }: Settlement,
  store: Pick<SponsorshipStore, 'read'>,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const id = sponsorshipIdSchema.safeParse(text);
  const sponsorship = id.success ? await store.read(id.data) : undefined;
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

function accountedAtMs({ settledAtMs, queuedAtMs }: Settlement): number {
  return settledAtMs ?? queuedAtMs;
}
