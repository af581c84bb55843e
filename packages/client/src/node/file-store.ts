import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { type ChannelStore, channelRecordSchema } from '../channels/index.js';
import { oneAtATime, type PurchaseStore, purchaseRecordSchema, type RecordStore } from '../purchase/index.js';

const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;
const LOCK = 'lock';
const LOCK_RETRY_MS = 25;
const LOCK_WAIT_MS = 120_000;
const ID = /^[\w-]{16,128}$/;

/**
 * A store in a directory of this machine: a file for each purchase, readable by its owner alone. Several processes may
 * share it; a process that dies leaves nothing locked.
 *
 * @throws Error when the directory cannot be made, or holds a record that cannot be read: guessing could pay twice.
 * @example
 * const store = await fileStore(join(homedir(), '.x402-cardano', 'purchases'));
 */
export async function fileStore(directory: string): Promise<PurchaseStore> {
  const { pathOf, ...records } = await recordFiles(directory, purchaseRecordSchema, 'a purchase');
  return {
    ...records,
    take: async (id) => lock(pathOf(id, LOCK)),
    leave: async (id) => rm(pathOf(id, LOCK), { force: true }),
  };
}

/**
 * A store of channels in a directory of this machine, as `fileStore` is one of purchases. It is on the disk before a promise
 * leaves.
 *
 * @throws Error when the directory cannot be made, or holds a record that cannot be read.
 * @example
 * const store = await channelFileStore(join(homedir(), '.x402-cardano', 'channels'));
 */
export async function channelFileStore(directory: string): Promise<ChannelStore> {
  const { pathOf: _, ...records } = await recordFiles(directory, channelRecordSchema, 'a channel');
  return records;
}

/** Records in files, of one schema. */
async function recordFiles<Schema extends z.ZodType<{ readonly id: string }>>(
  directory: string,
  schema: Schema,
  what: string,
): Promise<RecordStore<z.output<Schema>> & { pathOf(id: string, ending: string): string }> {
  await mkdir(directory, { recursive: true, mode: DIRECTORY_MODE });
  const inTurn = oneAtATime();
  const pathOf = (id: string, ending: string) => {
    if (!ID.test(id)) throw new Error(`expected the id of ${what}, found ${JSON.stringify(id)}`);
    return join(directory, `${id}.${ending}`);
  };
  const read = async (path: string): Promise<z.output<Schema> | undefined> => {
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      // Another process has removed it just now.
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
    const parsed = schema.safeParse(parse(text));
    if (!parsed.success) throw new Error(`${path}: expected the record of ${what}, found something else`);
    return parsed.data;
  };
  return {
    pathOf,
    exclusively: (work) =>
      inTurn(async () => {
        const path = join(directory, LOCK);
        for (const endMs = Date.now() + LOCK_WAIT_MS; !(await lock(path)); ) {
          if (Date.now() > endMs) throw new Error(`another process holds ${path} and does not end its work`);
          await sleep(LOCK_RETRY_MS);
        }
        try {
          return await work();
        } finally {
          await rm(path, { force: true });
        }
      }),
    async list() {
      const files = (await readdir(directory)).filter((name) => name.endsWith('.json')).sort();
      const records = await Promise.all(files.map((name) => read(join(directory, name))));
      return records.filter((record) => record !== undefined);
    },
    save: async (record) => writeWhole(pathOf(record.id, 'json'), JSON.stringify(record)),
    remove: async (id) => rm(pathOf(id, 'json'), { force: true }),
  };
}

/** Writes a file so that others, and a machine that loses its power, see the old content or the new. */
export async function writeWhole(path: string, content: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(draft, 'wx', FILE_MODE);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}

/** Makes a lock that names its process. One of a process that is gone is taken over. */
async function lock(path: string): Promise<boolean> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, await nameOf(process.pid), { flag: 'wx', mode: FILE_MODE });
  try {
    // Whole or not at all: a lock is never there without its name.
    await link(draft, path);
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  const owner = await readFile(path, 'utf8').catch(() => undefined);
  if (owner === undefined || (await isRunning(owner))) return false;
  // Only one process can move it away, so only one lock of the dead is removed.
  const moved = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await rename(path, moved);
  } catch {
    return false;
  }
  const found = await readFile(moved, 'utf8').catch(() => undefined);
  if (found === owner) await rm(moved, { force: true });
  else await rename(moved, path);
  return found === owner ? lock(path) : false;
}

/**
 * A process and when it began. Its number alone is not enough: a container's first process has the same one after each
 * start, and so may another program after a restart of the machine. Where there is no `/proc`, the number has to do.
 */
async function nameOf(pid: number): Promise<string> {
  const [boot, stat] = await Promise.all(
    ['/proc/sys/kernel/random/boot_id', `/proc/${pid}/stat`].map((path) =>
      readFile(path, 'utf8').catch(() => ''),
    ),
  );
  // The 22nd field; the second is a name in brackets that may hold anything.
  const started = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  return [pid, started, boot?.trim()].join(' ');
}

async function isRunning(owner: string): Promise<boolean> {
  const pid = Number(owner.split(' ')[0]);
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) !== 'EPERM') return false;
  }
  return (await nameOf(pid)) === owner;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
