import { toReport } from '@x402-facilitator/shared/operations';
import type { CommandContext } from '../command.js';
import { csvLine } from '../csv.js';
import { type Walked, walkHistory } from '../walk-history.js';

export type ExportOptions = {
  readonly since: number;
  readonly until?: number;
  readonly key?: string;
  readonly format?: 'csv' | 'ndjson';
};

const COLUMNS = [
  ...['transaction', 'network', 'state', 'keyName', 'payer', 'payTo', 'asset', 'amount', 'confirmations'],
  ...['blockHash', 'blockHeight', 'queuedAt', 'submittedAt', 'settledAt', 'finalAt', 'deliveredAt'],
  ...['redeemedAt', 'redeemedBecause', 'errorReason', 'errorMessage', 'feeLovelace', 'lentLovelace'],
];

/**
 * `ops export`: every settlement that ended in the given time, or was accepted in it and has not ended, with what the wallet
 * paid for it. Without an archive, those older than `settle.retentionSeconds` are gone.
 */
export async function exportSettlements(
  context: CommandContext,
  {
    since: fromMs,
    until: untilMs = Number.POSITIVE_INFINITY,
    key: keyName,
    format = 'ndjson',
  }: ExportOptions,
): Promise<number> {
  const { out } = context;
  if (format === 'csv') out(csvLine(COLUMNS));
  for await (const walked of walkHistory(context, { fromMs, untilMs, keyName }))
    out(format === 'csv' ? csvOf(walked) : jsonOf(walked));
  return 0;
}

function jsonOf({ settlement, sponsorship }: Walked): string {
  return JSON.stringify({ ...toReport(settlement), sponsorship: sponsorship ?? null });
}

function csvOf({ settlement, sponsorship }: Walked): string {
  const { block } = settlement;
  const flat: Readonly<Record<string, unknown>> = {
    ...toReport(settlement),
    blockHash: block?.hash,
    blockHeight: block?.height,
    feeLovelace: sponsorship?.feeLovelace,
    lentLovelace: sponsorship?.lentLovelace,
  };
  return csvLine(COLUMNS.map((column) => flat[column]));
}
