import type { PurchaseRecord } from './record.js';

/** Where records are kept, each whole under its `id`. */
export type RecordStore<Kept extends { readonly id: string }> = {
  /** Runs one piece of work at a time, of all that use the store. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  /** Every record. */
  list(): Promise<readonly Kept[]>;
  /** Writes a record, whole or not at all. Once it resolves, the record outlives the process. */
  save(record: Kept): Promise<void>;
  /** Forgets a record. */
  remove(id: string): Promise<void>;
};

/**
 * Where purchases are kept. Whoever shares a wallet between processes must share its store: it tells which inputs are in use and
 * what was spent.
 */
export type PurchaseStore = RecordStore<PurchaseRecord> & {
  /** Takes a purchase for oneself until `leave`. False when another has it. */
  take(id: string): Promise<boolean>;
  /** Lets others take the purchase again. */
  leave(id: string): Promise<void>;
};

/** A store that ends with the process: a purchase under way is then not resumed. */
export function memoryStore(): PurchaseStore {
  const taken = new Set<string>();
  return {
    ...memoryRecords<PurchaseRecord>(),
    async take(id) {
      if (taken.has(id)) return false;
      taken.add(id);
      return true;
    },
    leave: async (id) => void taken.delete(id),
  };
}

/** Records that end with the process. */
export function memoryRecords<Kept extends { readonly id: string }>(): RecordStore<Kept> {
  const records = new Map<string, Kept>();
  return {
    exclusively: oneAtATime(),
    list: async () => [...records.values()],
    save: async (record) => void records.set(record.id, record),
    remove: async (id) => void records.delete(id),
  };
}

/** Makes a function that runs what it is given one after the other. */
export function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let previous: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = previous.then(work);
    previous = next.catch(() => undefined);
    return next;
  };
}
