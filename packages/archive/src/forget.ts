import type { ArchivedFields } from '@x402-facilitator/journal';
import { sql } from 'kysely';
import type { Database } from './connect.js';
import { asked } from './errors.js';
import { decodeRow } from './read.js';
import { MAX_COLUMN_CHARACTERS } from './tables.js';
import { inTransaction } from './transaction.js';
import { encodeFields } from './write.js';

/** What stands in the place of what named a person. */
export const ERASED = 'erased';

const AT_ONCE = 500;

/** Fields that say nothing of a person: sums, assets, times, states, and where the transaction is. */
const KEPT_FIELDS: ReadonlySet<string> = new Set([
  ...['schemaVersion', 'state', 'network', 'transaction', 'kind', 'scheme', 'method', 'revision', 'attempts'],
  ...[
    'asset',
    'amount',
    'requiredConfirmations',
    'ttl',
    'expiresAtMs',
    'queuedAtMs',
    'hasScripts',
    'keyName',
  ],
  ...['sponsorship', 'deliveredAtMs', 'earliestBlockSlot', 'redeemedAtMs', 'submittedAtMs', 'includedAtMs'],
  ...['confirmations', 'settledAtMs', 'finalAtMs', 'firstSettledRevision', 'errorReason'],
  ...['blockHash', 'blockHeight', 'blockSlot', 'refusals', 'refusedAtMs'],
]);

/** A record without what names the person. Every other field that is not needed is left out. */
function erasedFields(fields: ArchivedFields, address: string): ArchivedFields {
  const { payer = ERASED, payTo = ERASED, errorMessage, proof, state } = fields;
  const kept = Object.entries(fields).filter(([name]) => KEPT_FIELDS.has(name));
  return {
    ...Object.fromEntries(kept),
    payer: payer === address ? ERASED : payer,
    payTo: payTo === address ? ERASED : payTo,
    binding: ERASED,
    inputs: '[]',
    ...(errorMessage === undefined ? {} : { errorMessage: ERASED }),
    // It says until when the chain was looked at, and no more. Another proof names transactions.
    ...(state === 'expired' && proof !== undefined ? { proof } : {}),
  };
}

/**
 * Replaces what names a person, by an address, in every row, and keeps sums, amounts, assets and times. A row is erased
 * once; what was replaced cannot be had back.
 *
 * @returns how many rows were erased.
 */
export async function eraseAddress({ db }: Database, address: string, nowMs: number): Promise<number> {
  if (address.length >= MAX_COLUMN_CHARACTERS)
    throw new RangeError(`expected an address, found ${address.length} characters`);
  let erased = 0;
  for (;;) {
    const found = await asked(() =>
      inTransaction(db, async (transaction) => {
        const rows = await transaction
          .selectFrom('x402_settlements')
          .selectAll()
          .where((is) => is.or([is('payer', '=', address), is('pay_to', '=', address)]))
          .limit(AT_ONCE)
          .execute();
        for (const row of rows) {
          const fields = erasedFields(decodeRow(row).fields, address);
          await transaction
            .updateTable('x402_settlements')
            .set({
              payer: fields.payer === ERASED ? ERASED : row.payer,
              pay_to: fields.payTo === ERASED ? ERASED : row.pay_to,
              record: encodeFields(fields),
              receipt: null,
              erased_at_ms: Math.floor(nowMs),
            })
            .where('network', '=', row.network)
            .where('transaction_id', '=', row.transaction_id)
            .execute();
        }
        return rows.length;
      }),
    );
    erased += found;
    if (found < AT_ONCE) return erased;
  }
}

/**
 * Deletes a batch of rows that ended before a time, for good.
 *
 * @returns how many were deleted.
 */
export async function pruneRows({ db, dialect }: Database, beforeMs: number): Promise<number> {
  return asked(() =>
    inTransaction(db, async (transaction) => {
      const old = await transaction
        .selectFrom('x402_settlements')
        .select(['network', 'transaction_id'])
        .where('ended_at_ms', '<', Math.floor(beforeMs))
        .orderBy('ended_at_ms')
        .limit(AT_ONCE)
        .execute();
      if (old.length === 0) return 0;
      const row = { id: 1, before_ms: Math.floor(beforeMs) };
      await transaction
        .insertInto('x402_pruning')
        .values(row)
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ before_ms: row.before_ms }))
        .execute();
      const names = old.map(({ network, transaction_id }) => sql`(${network}, ${transaction_id})`);
      const list = dialect === 'sqlite' ? sql`(VALUES ${sql.join(names)})` : sql`(${sql.join(names)})`;
      await sql`DELETE FROM x402_settlements WHERE (network, transaction_id) IN ${list}`.execute(transaction);
      return old.length;
    }),
  );
}
