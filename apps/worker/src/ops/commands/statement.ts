import type { Settlement } from '@x402-facilitator/journal';
import type { CommandContext } from '../command.js';
import { csvLine } from '../csv.js';
import { type Walked, walkHistory } from '../walk-history.js';

export type StatementOptions = {
  readonly key: string;
  readonly month: Month;
  readonly format?: 'text' | 'csv' | 'json';
};

/** A month in UTC. */
export type Month = { readonly name: string; readonly fromMs: number; readonly untilMs: number };

/** One line of a statement. Sums are exact. */
type Line = {
  readonly network: string;
  readonly kind: Settlement['kind'];
  readonly asset: string;
  confirmed: number;
  failed: number;
  expired: number;
  /** Confirmed and not handed out. */
  uncollected: number;
  /** Seen in a block that left the chain. */
  rolledBack: number;
  /** Of what was confirmed, in atomic units. */
  volume: bigint;
  /** What the wallet paid and lent for them, in lovelace. */
  feeLovelace: bigint;
  lentLovelace: bigint;
};

/**
 * `ops statement`: what ended in a month of what one key claimed, by network, kind and asset. A payment belongs to the month
 * in which it was confirmed, failed or expired.
 */
export async function statement(
  context: CommandContext,
  { key, month, format = 'text' }: StatementOptions,
): Promise<number> {
  const { out, err, now } = context;
  const lines = new Map<string, Line>();
  let open = 0;
  for await (const walked of walkHistory(context, { ...month, keyName: key })) {
    if (walked.settlement.finalAtMs === undefined) open += 1;
    if (walked.settlement.endedAtMs !== undefined) add(lines, walked);
  }
  const isComplete = open === 0 && now() >= month.untilMs;
  if (!isComplete)
    err(
      now() < month.untilMs
        ? `${month.name} is not over: these numbers will grow`
        : `${open} of these are not final: a rollback may still change them`,
    );
  const sorted = [...lines.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, line]) => textsOf(line));
  if (format === 'json') {
    const { name, fromMs, untilMs } = month;
    const times = { from: new Date(fromMs).toISOString(), until: new Date(untilMs).toISOString() };
    out(JSON.stringify({ key, month: name, ...times, isComplete, lines: sorted }, null, 2));
  } else if (format === 'csv') {
    out(csvLine(['key', 'month', ...COLUMNS]));
    for (const line of sorted) out(csvLine([key, month.name, ...COLUMNS.map((column) => line[column])]));
  } else {
    out(`${key}, ${month.name} (UTC)${isComplete ? '' : ', not complete'}`);
    if (sorted.length === 0) out('  nothing ended');
    for (const { network, kind, asset, ...counts } of sorted) {
      out(`  ${network}  ${kind}  ${asset}`);
      for (const [name, value] of Object.entries(counts)) out(`    ${name.padEnd(12)} ${value}`);
    }
  }
  return 0;
}

const COLUMNS = [
  ...(['network', 'kind', 'asset', 'confirmed', 'failed', 'expired', 'uncollected', 'rolledBack'] as const),
  ...(['volume', 'feeLovelace', 'lentLovelace'] as const),
];

function textsOf(line: Line) {
  const { volume, feeLovelace, lentLovelace } = line;
  return { ...line, volume: `${volume}`, feeLovelace: `${feeLovelace}`, lentLovelace: `${lentLovelace}` };
}

function add(lines: Map<string, Line>, { settlement, sponsorship }: Walked): void {
  const { network, kind, asset, amount, state, deliveredAtMs } = settlement;
  const name = `${network} ${kind} ${asset}`;
  const counts = { confirmed: 0, failed: 0, expired: 0, uncollected: 0, rolledBack: 0 };
  const sums = { volume: 0n, feeLovelace: 0n, lentLovelace: 0n };
  const line = lines.get(name) ?? { network, kind, asset, ...counts, ...sums };
  lines.set(name, line);
  if (hasRolledBack(settlement)) line.rolledBack += 1;
  line.feeLovelace += lovelaceOf(sponsorship?.feeLovelace);
  line.lentLovelace += lovelaceOf(sponsorship?.lentLovelace);
  if (state === 'failed' || state === 'expired') line[state] += 1;
  if (state !== 'confirmed') return;
  line.confirmed += 1;
  line.volume += amount;
  if (deliveredAtMs === undefined) line.uncollected += 1;
}

/** The record keeps the earliest slot of its blocks: where that is of another block, that one left the chain. */
function hasRolledBack({ earliestBlockSlot, block, proof }: Settlement): boolean {
  const slot = block?.slot ?? (proof?.kind === 'script-failure' ? proof.block.slot : undefined);
  return earliestBlockSlot !== undefined && earliestBlockSlot !== slot;
}

function lovelaceOf(text: unknown): bigint {
  return typeof text === 'string' && /^\d+$/.test(text) ? BigInt(text) : 0n;
}
