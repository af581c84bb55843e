import {
  NETWORKS,
  type Network,
  type SignedReceipt,
  signedReceiptSchema,
  type TxHash,
} from '@x402-facilitator/cardano';
import { type ArchivedFields, decodeArchived, type Settlement } from '@x402-facilitator/journal';
import { z } from 'zod';
import type { Database } from './connect.js';
import { asked } from './errors.js';
import type { SettlementRow } from './tables.js';

/** A settlement as the archive holds it. */
export type ArchivedSettlement = {
  readonly settlement: Settlement;
  readonly fields: ArchivedFields;
  readonly receipt: SignedReceipt | undefined;
  /** What the wallet paid for it, as it was exported. */
  readonly sponsorship: Readonly<Record<string, unknown>> | undefined;
  readonly isErased: boolean;
};

/** Which settlements a walk is about. */
export type ArchiveFilter = {
  readonly network: Network;
  /** Ended at or after this time. POSIX ms. */
  readonly fromMs: number;
  /** Ended before this time. */
  readonly untilMs: number;
  readonly keyName?: string | undefined;
};

/** A row that this version cannot read. It stays as it is. */
export class ArchiveCorruptError extends Error {
  override readonly name = 'ArchiveCorruptError';
}

const PAGE = 500;

export async function readOne(
  { db }: Database,
  networks: readonly Network[],
  txHash: TxHash,
): Promise<ArchivedSettlement | undefined> {
  const row = await asked(() =>
    db
      .selectFrom('x402_settlements')
      .selectAll()
      .where('transaction_id', '=', txHash)
      .where('network', 'in', [...networks])
      .limit(1)
      .executeTakeFirst(),
  );
  return row === undefined ? undefined : decodeRow(row);
}

/** Every archived settlement of a time, in the order of their ends, a page at a time: the next is read once it is asked for. */
export async function* readPages(
  { db }: Database,
  { network, fromMs, untilMs, keyName }: ArchiveFilter,
): AsyncIterable<readonly ArchivedSettlement[]> {
  let after: Pick<SettlementRow, 'ended_at_ms' | 'transaction_id'> = {
    ended_at_ms: fromMs,
    transaction_id: '',
  };
  for (;;) {
    const { ended_at_ms, transaction_id } = after;
    const rows = await asked(() =>
      db
        .selectFrom('x402_settlements')
        .selectAll()
        .where('network', '=', network)
        .where('ended_at_ms', '>=', ended_at_ms)
        .where('ended_at_ms', '<', Math.min(untilMs, Number.MAX_SAFE_INTEGER))
        .where((is) =>
          is.or([is('ended_at_ms', '>', ended_at_ms), is('transaction_id', '>', transaction_id)]),
        )
        .$if(keyName !== undefined, (query) => query.where('key_name', '=', keyName ?? ''))
        .orderBy('ended_at_ms')
        .orderBy('transaction_id')
        .limit(PAGE)
        .execute(),
    );
    if (rows.length > 0) yield rows.map(decodeRow);
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = last;
  }
}

const textsOf = z.record(z.string(), z.string());
const objectOf = z.record(z.string(), z.unknown());

export function decodeRow(row: SettlementRow): ArchivedSettlement {
  const { transaction_id, record, receipt, sponsorship, erased_at_ms } = row;
  const network = NETWORKS.find((known) => known === row.network);
  const fields = parsed(textsOf, record);
  if (network === undefined || fields === undefined)
    throw new ArchiveCorruptError(`The archived record of ${transaction_id} is not of its shape`);
  const reading = decodeArchived(network, transaction_id as TxHash, fields);
  if (!reading.ok || reading.value === undefined)
    throw new ArchiveCorruptError(
      `The archived record of ${transaction_id} cannot be read: ${reading.ok ? 'it is empty' : reading.error.reason}`,
    );
  return {
    settlement: reading.value,
    fields,
    receipt: receipt === null ? undefined : parsed(signedReceiptSchema, receipt),
    sponsorship: sponsorship === null ? undefined : parsed(objectOf, sponsorship),
    isErased: erased_at_ms !== null,
  };
}

function parsed<Schema extends z.ZodType>(schema: Schema, text: string): z.output<Schema> | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
