import type { ArchivedFields, Settlement } from '@x402-facilitator/journal';
import type { Kysely } from 'kysely';
import type { Database } from './connect.js';
import { asked, isRowRefused } from './errors.js';
import { columnText, type SettlementRow, type Tables } from './tables.js';
import { inTransaction } from './transaction.js';

/** A settlement that ended for good, with everything that is kept of it. */
export type ArchiveEntry = {
  readonly settlement: Settlement;
  readonly fields: ArchivedFields;
  readonly receipt: string | undefined;
  /** What the wallet paid for it, as JSON. */
  readonly sponsorship: string | undefined;
};

/** What became of one entry. */
export type WriteOutcome =
  | { readonly kind: 'written' }
  /** The same was written before. */
  | { readonly kind: 'known' }
  /** Another row of it was written before, and stays as it is. */
  | { readonly kind: 'differs' }
  /** The database refuses its values; it would refuse them again. */
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * Writes each settlement once, all in one transaction. A row that is there already stays as it is.
 *
 * @returns the outcomes, in the order of the entries.
 * @throws ArchiveUnavailableError when the archive cannot be written: nothing was written, or it is unknown whether all was.
 */
export async function writeEntries(
  { db }: Database,
  entries: readonly ArchiveEntry[],
  nowMs: number,
): Promise<readonly WriteOutcome[]> {
  if (entries.length === 0) return [];
  const rows = entries.map((entry) => rowOf(entry, nowMs));
  return asked(async () => {
    try {
      return await insert(db, rows);
    } catch (error) {
      if (!isRowRefused(error)) throw error;
    }
    // One bad row must not keep the others out.
    const outcomes: WriteOutcome[] = [];
    for (const row of rows) outcomes.push(await insertAlone(db, row));
    return outcomes;
  });
}

async function insertAlone(db: Kysely<Tables>, row: SettlementRow): Promise<WriteOutcome> {
  try {
    const [outcome = { kind: 'known' }] = await insert(db, [row]);
    return outcome;
  } catch (error) {
    if (!isRowRefused(error)) throw error;
    return { kind: 'refused', reason: error instanceof Error ? error.message : String(error) };
  }
}

async function insert(db: Kysely<Tables>, rows: readonly SettlementRow[]): Promise<readonly WriteOutcome[]> {
  return inTransaction(db, async (transaction) => {
    const written = await transaction
      .insertInto('x402_settlements')
      .values([...rows])
      .onConflict((conflict) => conflict.doNothing())
      .returning(['network', 'transaction_id'])
      .execute();
    const isNew = new Set(written.map(nameOf));
    const others = rows.filter((row) => !isNew.has(nameOf(row)));
    const ids = others.map(({ transaction_id }) => transaction_id);
    const found =
      ids.length === 0
        ? []
        : await transaction
            .selectFrom('x402_settlements')
            .select(['network', 'transaction_id', 'record', 'receipt', 'sponsorship', 'erased_at_ms'])
            .where('transaction_id', 'in', ids)
            .execute();
    const before = new Map(found.map((row) => [nameOf(row), row]));
    return rows.map((row): WriteOutcome => {
      if (isNew.has(nameOf(row))) return { kind: 'written' };
      const old = before.get(nameOf(row));
      const isSame =
        old !== undefined &&
        (old.erased_at_ms !== null ||
          (old.record === row.record && old.receipt === row.receipt && old.sponsorship === row.sponsorship));
      return { kind: isSame ? 'known' : 'differs' };
    });
  });
}

type Named = Pick<SettlementRow, 'network' | 'transaction_id'>;

const nameOf = ({ network, transaction_id }: Named) => `${network} ${transaction_id}`;

function rowOf({ settlement, fields, receipt, sponsorship }: ArchiveEntry, nowMs: number): SettlementRow {
  const { network, txHash, kind, state, keyName, payer, payTo, asset, amount } = settlement;
  const { queuedAtMs, endedAtMs, finalAtMs } = settlement;
  if (endedAtMs === undefined || finalAtMs === undefined)
    throw new RangeError(`expected a settlement that ended for good, found ${txHash}, ${state}`);
  return {
    network,
    transaction_id: txHash,
    kind,
    state,
    key_name: keyName === undefined ? null : columnText(keyName),
    payer: columnText(payer),
    pay_to: columnText(payTo),
    asset: columnText(asset),
    amount: amount.toString(),
    queued_at_ms: queuedAtMs,
    ended_at_ms: endedAtMs,
    final_at_ms: finalAtMs,
    record: encodeFields(fields),
    receipt: receipt ?? null,
    sponsorship: sponsorship ?? null,
    archived_at_ms: Math.floor(nowMs),
    erased_at_ms: null,
  };
}

/** In one order, so that two versions write the same. JSON has escapes for what a database's text cannot hold. */
export function encodeFields(fields: ArchivedFields): string {
  return JSON.stringify(Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1))));
}
