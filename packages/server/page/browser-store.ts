import type { PurchaseRecord, PurchaseStore } from '@x402-facilitator/client';

const PREFIX = 'x402-purchase:';

/** The browser lets this page keep nothing. */
export class StorageRefusedError extends Error {
  override readonly name = 'StorageRefusedError';
}

/** Purchases in this browser, shared by all tabs of the shop. They outlive a closed tab. */
export function browserStore(): PurchaseStore {
  const held = new Map<string, { readonly release: () => void; readonly ended: Promise<unknown> }>();
  return {
    exclusively: (work) => inTurn('x402-purchases', work),
    list: async () => {
      const storage = openStorage();
      const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '');
      return keys
        .filter((key) => key.startsWith(PREFIX))
        .map((key) => parse(storage.getItem(key)))
        .filter((record) => record !== undefined);
    },
    save: async (record) => {
      const storage = openStorage();
      try {
        storage.setItem(PREFIX + record.id, JSON.stringify(record));
      } catch (cause) {
        throw new StorageRefusedError('expected room to keep a payment, found none', { cause });
      }
    },
    remove: async (id) => openStorage().removeItem(PREFIX + id),
    async take(id) {
      const lock = await takeLock(PREFIX + id);
      if (lock !== undefined) held.set(id, lock);
      return lock !== undefined;
    },
    async leave(id) {
      const lock = held.get(id);
      held.delete(id);
      lock?.release();
      await lock?.ended;
    },
  };
}

/** A lock that no other tab of the shop has; it ends with its tab. */
export type Lock = { readonly release: () => void; readonly ended: Promise<unknown> };

/** `undefined` when another tab has it. Over plain http browsers have no locks, and this tab counts for all. */
export function takeLock(name: string): Promise<Lock | undefined> {
  const { locks } = navigator as { readonly locks?: LockManager };
  if (locks === undefined) return Promise.resolve(takeOwn(name));
  return new Promise((resolve, reject) => {
    const ended: Promise<unknown> = locks.request(name, { ifAvailable: true }, (lock) => {
      if (lock === null) return resolve(undefined);
      return new Promise<void>((release) => resolve({ release, ended: Promise.resolve().then(() => ended) }));
    });
    ended.catch(reject);
  });
}

/** Waits until no other tab has a lock. */
export async function lockIsFree(name: string): Promise<void> {
  const { locks } = navigator as { readonly locks?: LockManager };
  await locks?.request(name, () => undefined);
}

const own = new Set<string>();

function takeOwn(name: string): Lock | undefined {
  if (own.has(name)) return undefined;
  own.add(name);
  return { release: () => void own.delete(name), ended: Promise.resolve() };
}

let last: Promise<unknown> = Promise.resolve();

function inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
  const { locks } = navigator as { readonly locks?: LockManager };
  if (locks !== undefined) return locks.request(name, work) as Promise<T>;
  const next = last.then(work);
  last = next.catch(() => undefined);
  return next;
}

function openStorage(): Storage {
  try {
    return globalThis.localStorage;
  } catch (cause) {
    throw new StorageRefusedError('expected a store of the browser, found none', { cause });
  }
}

/** What another script of the shop has broken counts as not there. */
function parse(text: string | null): PurchaseRecord | undefined {
  try {
    const found = JSON.parse(text ?? '') as Partial<PurchaseRecord> | null;
    const isRecord =
      found?.version === 1 &&
      typeof found.id === 'string' &&
      typeof found.signedAtMs === 'number' &&
      typeof found.payment?.validToMs === 'number' &&
      Array.isArray(found.payment.inputs) &&
      Array.isArray(found.sellers) &&
      /^\d+$/.test(found.price?.amount ?? '') &&
      /^cardano:(?:mainnet|preprod|preview)$/.test(found.price?.network ?? '');
    return isRecord ? (found as PurchaseRecord) : undefined;
  } catch {
    return undefined;
  }
}
