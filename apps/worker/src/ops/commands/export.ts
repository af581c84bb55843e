import type { Settlement } from '@x402-facilitator/shared/journal';
import type { Command } from '../command.js';
import { UsageError } from '../usage.js';
import { toReport } from '../words.js';

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * `ops export`: every settlement that ended in the time asked for, or was accepted in it and has not ended, one JSON
 * object per line. What is older than `settle.retentionSeconds` is no longer there.
 */
export const exportSettlements: Command = async ({ desk, options, out, now }) => {
  if (options.since === undefined) throw new UsageError('export: expected --since');
  const sinceMs = timeOf('--since', options.since, now());
  const untilMs =
    options.until === undefined ? Number.POSITIVE_INFINITY : timeOf('--until', options.until, now());
  for (const { network, journal } of desk.networks)
    for await (const settlements of journal.all(network))
      for (const settlement of settlements) {
        const atMs = accountedAtMs(settlement);
        if (atMs >= sinceMs && atMs < untilMs) out(JSON.stringify(toReport(settlement)));
      }
  return 0;
};

function accountedAtMs({ settledAtMs, queuedAtMs }: Settlement): number {
  return settledAtMs ?? queuedAtMs;
}

function timeOf(option: string, text: string, nowMs: number): number {
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) return nowMs - Number(count) * (UNITS_MS[unit] ?? 0);
  const ms = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  throw new UsageError(`${option}: expected ISO 8601 or an age such as 24h, found "${text}"`);
}
