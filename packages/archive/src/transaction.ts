import type { Kysely, Transaction } from 'kysely';
import type { Tables } from './tables.js';

/** What SQLite says of a transaction that it undid by itself. */
const UNDONE = /cannot rollback/;

/**
 * Runs work in a transaction. SQLite undoes one by itself when its disk is full, and the library's own undoing then fails
 * with words of its own: what is thrown here says why.
 */
export async function inTransaction<T>(
  db: Kysely<Tables>,
  work: (transaction: Transaction<Tables>) => Promise<T>,
): Promise<T> {
  let failure: { readonly error: unknown } | undefined;
  try {
    return await db.transaction().execute((transaction) =>
      work(transaction).catch((error: unknown) => {
        failure = { error };
        throw error;
      }),
    );
  } catch (error) {
    if (failure !== undefined) throw failure.error;
    if (!(error instanceof Error && UNDONE.test(error.message))) throw error;
    throw new Error('SQLite could not commit: its disk is full, or fails', { cause: error });
  }
}
