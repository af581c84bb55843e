import { type ColumnDataType, type Kysely, type Migration, Migrator, sql } from 'kysely';
import type { Database, Dialect } from './connect.js';
import { ArchiveBehindError, asked } from './errors.js';

/** What an erasure keeps. Everything else of a row may name a person. */
const KEPT = [
  'network',
  'transaction_id',
  'kind',
  'state',
  'key_name',
  'asset',
  'amount',
  'queued_at_ms',
  'ended_at_ms',
  'final_at_ms',
  'sponsorship',
  'archived_at_ms',
] as const;

const REFUSAL = 'x402_settlements is append-only: rows are erased and pruned by their own commands alone';

const list = (row: 'NEW' | 'OLD') => KEPT.map((column) => `${row}.${column}`).join(', ');
const differs = KEPT.map((column) => `NEW.${column} IS NOT OLD.${column}`).join(' OR ');

/** An UPDATE passes where it erases, and a DELETE where the retention has passed; nothing else does. */
const GUARDS: Readonly<Record<Dialect, readonly string[]>> = {
  postgresql: [
    `CREATE FUNCTION x402_append_only() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'DELETE' AND OLD.ended_at_ms < (SELECT coalesce(max(before_ms), 0) FROM x402_pruning) THEN
    RETURN OLD;
  END IF;
  IF TG_OP = 'UPDATE' AND NEW.erased_at_ms IS NOT NULL AND (${list('NEW')}) IS NOT DISTINCT FROM (${list('OLD')}) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION '${REFUSAL}' USING ERRCODE = 'restrict_violation';
END $guard$`,
    `CREATE TRIGGER x402_append_only BEFORE UPDATE OR DELETE ON x402_settlements
FOR EACH ROW EXECUTE FUNCTION x402_append_only()`,
    `CREATE TRIGGER x402_no_truncate BEFORE TRUNCATE ON x402_settlements
FOR EACH STATEMENT EXECUTE FUNCTION x402_append_only()`,
  ],
  sqlite: [
    `CREATE TRIGGER x402_no_update BEFORE UPDATE ON x402_settlements
WHEN NEW.erased_at_ms IS NULL OR ${differs}
BEGIN SELECT RAISE(ABORT, '${REFUSAL}'); END`,
    `CREATE TRIGGER x402_no_delete BEFORE DELETE ON x402_settlements
WHEN OLD.ended_at_ms >= (SELECT coalesce(max(before_ms), 0) FROM x402_pruning)
BEGIN SELECT RAISE(ABORT, '${REFUSAL}'); END`,
  ],
};

function migrationsFor(dialect: Dialect): Readonly<Record<string, Migration>> {
  const amount: ColumnDataType = dialect === 'postgresql' ? 'numeric' : 'text';
  return {
    '0001-settlements': {
      async up(db: Kysely<unknown>) {
        await db.schema
          .createTable('x402_settlements')
          .addColumn('network', 'text', (column) => column.notNull())
          .addColumn('transaction_id', 'text', (column) => column.notNull())
          .addColumn('kind', 'text', (column) => column.notNull())
          .addColumn('state', 'text', (column) => column.notNull())
          .addColumn('key_name', 'text')
          .addColumn('payer', 'text', (column) => column.notNull())
          .addColumn('pay_to', 'text', (column) => column.notNull())
          .addColumn('asset', 'text', (column) => column.notNull())
          .addColumn('amount', amount, (column) => column.notNull())
          .addColumn('queued_at_ms', 'bigint', (column) => column.notNull())
          .addColumn('ended_at_ms', 'bigint', (column) => column.notNull())
          .addColumn('final_at_ms', 'bigint', (column) => column.notNull())
          .addColumn('record', 'text', (column) => column.notNull())
          .addColumn('receipt', 'text')
          .addColumn('sponsorship', 'text')
          .addColumn('archived_at_ms', 'bigint', (column) => column.notNull())
          .addColumn('erased_at_ms', 'bigint')
          .addPrimaryKeyConstraint('x402_settlements_key', ['transaction_id', 'network'])
          .execute();
        await db.schema
          .createTable('x402_pruning')
          .addColumn('id', 'integer', (column) => column.primaryKey())
          .addColumn('before_ms', 'bigint', (column) => column.notNull())
          .execute();
        for (const [name, columns] of [
          ['x402_settlements_ended', ['ended_at_ms', 'network', 'transaction_id']],
          ['x402_settlements_of_key', ['key_name', 'ended_at_ms']],
          ['x402_settlements_payer', ['payer']],
          ['x402_settlements_pay_to', ['pay_to']],
        ] as const)
          await db.schema
            .createIndex(name)
            .on('x402_settlements')
            .columns([...columns])
            .execute();
        for (const guard of GUARDS[dialect]) await sql.raw(guard).execute(db);
      },
    },
  };
}

function migratorOf({ db, dialect }: Database): Migrator {
  return new Migrator({
    db,
    provider: { getMigrations: async () => ({ ...migrationsFor(dialect) }) },
    migrationTableName: 'x402_migrations',
    migrationLockTableName: 'x402_migrations_lock',
  });
}

/** Brings the tables up to this version. Returns the migrations that ran. Two at once run them once. */
export async function migrate(database: Database): Promise<readonly string[]> {
  return asked(async () => {
    const { error, results = [] } = await migratorOf(database).migrateToLatest();
    if (error !== undefined) throw error;
    return results.map(({ migrationName }) => migrationName);
  });
}

/** @throws ArchiveBehindError when the tables lack a migration, ArchiveUnavailableError when they cannot be asked. */
export async function checkMigrated(database: Database): Promise<void> {
  await asked(async () => {
    const migrations = await migratorOf(database).getMigrations();
    const missing = migrations.filter(({ executedAt }) => executedAt === undefined);
    if (missing.length > 0) throw new ArchiveBehindError(missing.map(({ name }) => name));
  });
}
