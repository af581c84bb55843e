import {
  type Settlement,
  type SponsorshipStore,
  settlementsIn,
  sponsorshipIdSchema,
  type UnreadableSettlement,
} from '@x402-facilitator/journal';
import type { Command } from '../command.js';
import { UsageError } from '../usage.js';
import { toReport, wordsOfUnreadable } from '../words.js';

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * `ops export`: every settlement that ended in the time asked for, or was accepted in it and has not ended, one JSON
 * object per line, with what the wallet paid for it. What is older than `settle.retentionSeconds` is no longer there.
 */
export const exportSettlements: Command = async ({ desk, options, out, err, now }) => {
  if (options.since === undefined) throw new UsageError('export: expected --since');
  const sinceMs = timeOf('--since', options.since, now());
  const untilMs =
    options.until === undefined ? Number.POSITIVE_INFINITY : timeOf('--until', options.until, now());
  for (const { network, journal, sponsorships } of desk.networks) {
    const unreadable: UnreadableSettlement[] = [];
    for await (const readings of journal.all(network)) {
      unreadable.push(...readings.flatMap((reading) => (reading.ok ? [] : [reading.error])));
      for (const settlement of settlementsIn(readings)) {
        const atMs = accountedAtMs(settlement);
        if (atMs < sinceMs || atMs >= untilMs) continue;
        const sponsorship = await sponsorshipOf(settlement, sponsorships);
        out(JSON.stringify({ ...toReport(settlement), sponsorship: sponsorship ?? null }));
      }
    }
    if (unreadable.length > 0) err(`${network}: ${wordsOfUnreadable(unreadable)}`);
  }
  return 0;
};

/** What the wallet lent to a payment and what of it came back, in lovelace as text. */
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

function accountedAtMs({ endedAtMs, queuedAtMs }: Settlement): number {
  return endedAtMs ?? queuedAtMs;
}

function timeOf(option: string, text: string, nowMs: number): number {
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) return nowMs - Number(count) * (UNITS_MS[unit] ?? 0);
  const ms = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  throw new UsageError(`${option}: expected ISO 8601 or an age such as 24h, found "${text}"`);
}
