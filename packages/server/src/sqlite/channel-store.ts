import {
  type ChannelStore,
  committed,
  type Entry,
  ended,
  ending,
  observed,
  readKeptAnswer,
  released,
  removed,
  renewed,
  reserved,
  type Step,
  writeKeptAnswer,
} from '../channels/stores.js';
import { readEntry, writeEntry } from './entry.js';

type Value = string | number | null;

/** What the store needs of `better-sqlite3`. */
export type SqliteDatabase = {
  /** Runs statements without values. */
  exec(sql: string): unknown;
  /** Sets or reads a setting; with `simple` the value alone. */
  pragma(text: string, options?: { simple?: boolean }): unknown;
  /** A statement to run often. */
  prepare(sql: string): {
    /** The first row. */
    get(...values: Value[]): unknown;
    /** Every row. */
    all(...values: Value[]): unknown[];
    /** No row. */
    run(...values: Value[]): unknown;
  };
};

const TABLES = `
CREATE TABLE IF NOT EXISTS x402_channels (id TEXT PRIMARY KEY, entry TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS x402_answers (id TEXT PRIMARY KEY, kept TEXT NOT NULL) STRICT, WITHOUT ROWID;`;
const PAGE = 200;

/** A step of a channel that waits for its transaction. */
type Queued = {
  readonly run: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

/**
 * Keeps channels in a file, for the processes of one machine. A voucher is committed when it is on the disk: the store sets
 * `journal_mode = WAL` and `synchronous = FULL`. Requests that come at once share one write to the disk.
 *
 * @throws Error where the file cannot be had with these settings; a database in memory cannot.
 * @example
 * const store = createSqliteChannelStore(new Database('channels.db'));
 */
export function createSqliteChannelStore(
  database: SqliteDatabase,
  clock: () => number = Date.now,
): ChannelStore {
  const mode = database.pragma('journal_mode = WAL', { simple: true });
  if (mode !== 'wal') throw new Error(`expected a file in journal_mode wal, found ${mode}`);
  database.pragma('synchronous = FULL');
  database.exec(TABLES);
  const find = database.prepare('SELECT entry FROM x402_channels WHERE id = ?');
  const put = database.prepare('INSERT OR REPLACE INTO x402_channels (id, entry) VALUES (?, ?)');
  const drop = database.prepare('DELETE FROM x402_channels WHERE id = ?');
  const page = database.prepare('SELECT id, entry FROM x402_channels WHERE id > ? ORDER BY id LIMIT ?');
  const findAnswer = database.prepare('SELECT kept FROM x402_answers WHERE id = ?');
  const putAnswer = database.prepare('INSERT OR REPLACE INTO x402_answers (id, kept) VALUES (?, ?)');
  const dropAnswer = database.prepare('DELETE FROM x402_answers WHERE id = ?');

  const textOf = (row: unknown, column: string) =>
    typeof row === 'object' && row !== null ? String(Reflect.get(row, column)) : undefined;
  const load = (channelId: string): Entry | undefined => {
    const text = textOf(find.get(channelId), 'entry');
    return text === undefined ? undefined : readEntry(text);
  };

  let queue: Queued[] = [];
  const flush = () => {
    const batch = queue;
    queue = [];
    try {
      database.exec('BEGIN IMMEDIATE');
      try {
        for (const { run } of batch) run();
        database.exec('COMMIT');
      } catch (error) {
        database.exec('ROLLBACK');
        throw error;
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
      return;
    }
    for (const { resolve } of batch) resolve();
  };
  /** Runs a step within the next transaction, and resolves when that is on the disk. */
  const step = <Said>(channelId: string, next: (entry: Entry | undefined) => Step<Said>): Promise<Said> =>
    new Promise((resolve, reject) => {
      let said: Said;
      const run = () => {
        const before = load(channelId);
        const result = next(before);
        said = result.said;
        if (result.entry === before) return;
        if (result.entry === undefined) {
          drop.run(channelId);
          dropAnswer.run(channelId);
        } else put.run(channelId, writeEntry(result.entry));
      };
      if (queue.length === 0) setImmediate(flush);
      queue.push({ run, resolve: () => resolve(said), reject });
    });

  return {
    reserve: (asked) => {
      const { channelId } = asked.channel;
      return step(channelId, (entry) => {
        const { last } = entry ?? {};
        const isLast = last?.iou.amount === asked.iou.amount && last.iou.signature === asked.iou.signature;
        const kept = isLast ? textOf(findAnswer.get(channelId), 'kept') : undefined;
        const answer = kept === undefined ? undefined : readKept(kept);
        const known = entry === undefined || answer === undefined ? entry : { ...entry, answer };
        const said = reserved(known, asked, clock());
        return said.entry === known ? { ...said, entry } : said;
      });
    },
    commit: (asked) =>
      step(asked.channelId, (entry) => {
        const result = committed(entry, asked, clock());
        if (result.said.kind === 'not-held' || result.entry === entry) return result;
        const answer = result.entry?.answer;
        if (answer === undefined) dropAnswer.run(asked.channelId);
        else putAnswer.run(asked.channelId, JSON.stringify([answer.untilMs, writeKeptAnswer(answer.kept)]));
        return result;
      }),
    end: (channelId, holder, refund) => step(channelId, (entry) => ending(entry, holder, refund)),
    ended: (channelId, txHash, settlement) =>
      step(channelId, (entry) => ({ said: undefined, entry: ended(entry, txHash, settlement) })),
    release: (channelId, holder) =>
      step(channelId, (entry) => ({ said: undefined, entry: released(entry, holder) })),
    renew: (channelId, holder, leaseMs) =>
      step(channelId, (entry) => renewed(entry, holder, leaseMs, clock())),
    read: async (channelId) => load(channelId)?.record,
    async *list() {
      let after = '';
      for (;;) {
        const rows = page.all(after, PAGE);
        for (const row of rows) {
          after = textOf(row, 'id') ?? '';
          const { record } = readEntry(textOf(row, 'entry') ?? '');
          if (record.iou !== undefined) yield record;
        }
        if (rows.length < PAGE) return;
      }
    },
    observe: (channelId, view, note) => step(channelId, (entry) => observed(entry, view, note, clock())),
    remove: (channelId, charged) => step(channelId, (entry) => removed(entry, charged, clock())),
  };
}

function readKept(text: string): NonNullable<Entry['answer']> {
  const [untilMs, kept] = JSON.parse(text) as [number, string];
  return { untilMs, kept: readKeptAnswer(kept) };
}
