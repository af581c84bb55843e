import type { OutputRecord, TransactionRecord } from './records.js';

/** Everything on the canonical chain under one key (an address, a credential, an asset, a metadata label). */
export type IndexEntry = {
  /** Every output ever created under the key, in chain order. */
  readonly created: OutputRecord[];
  /** The unspent ones, in chain order while `inOrder` is true. */
  readonly unspent: Set<OutputRecord>;
  /** Every transaction that touched the key, in chain order. */
  readonly transactions: TransactionRecord[];
  /** False after a rollback put back an output. The set is then sorted before it is listed. */
  inOrder: boolean;
};

/** True when `a` comes before `b` in the chain. Both must be on it. */
export function chainOrder(a: OutputRecord, b: OutputRecord): number {
  const [left, right] = [a.createdBy.placement, b.createdBy.placement];
  if (left === undefined || right === undefined) return 0;
  return (
    left.block.height - right.block.height ||
    left.index - right.index ||
    a.output.outRef.index - b.output.outRef.index
  );
}

/**
 * The content of the canonical chain by key. The cost to apply or undo a transaction depends on what it touches, not on
 * the length of the chain.
 */
export class ChainIndex {
  readonly #entries = new Map<string, IndexEntry>();

  get(key: string): IndexEntry | undefined {
    return this.#entries.get(key);
  }

  /** Keys with the given prefix, in order of first appearance. */
  keys(prefix: string): string[] {
    return [...this.#entries.keys()].filter((key) => key.startsWith(prefix));
  }

  apply(record: TransactionRecord, spent: readonly OutputRecord[]): void {
    for (const output of spent) {
      for (const key of output.indexKeys) {
        const entry = this.#entry(key);
        entry.unspent.delete(output);
        this.#touch(entry, record);
      }
    }
    for (const output of record.outputs) {
      for (const key of output.indexKeys) {
        const entry = this.#entry(key);
        entry.created.push(output);
        entry.unspent.add(output);
        this.#touch(entry, record);
      }
    }
    for (const key of record.indexKeys) this.#touch(this.#entry(key), record);
  }

  /** Undoes `apply` of the transaction that was applied last. */
  undo(record: TransactionRecord, spent: readonly OutputRecord[]): void {
    for (const output of record.outputs) {
      for (const key of output.indexKeys) {
        const entry = this.#entry(key);
        entry.created.pop();
        entry.unspent.delete(output);
        this.#untouch(entry, record);
      }
    }
    for (const output of spent) {
      for (const key of output.indexKeys) {
        const entry = this.#entry(key);
        entry.unspent.add(output);
        entry.inOrder = false;
        this.#untouch(entry, record);
      }
    }
    for (const key of record.indexKeys) this.#untouch(this.#entry(key), record);
  }

  #entry(key: string): IndexEntry {
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { created: [], unspent: new Set(), transactions: [], inOrder: true };
      this.#entries.set(key, entry);
    }
    return entry;
  }

  #touch(entry: IndexEntry, record: TransactionRecord): void {
    if (entry.transactions.at(-1) !== record) entry.transactions.push(record);
  }

  #untouch(entry: IndexEntry, record: TransactionRecord): void {
    if (entry.transactions.at(-1) === record) entry.transactions.pop();
  }
}

/** The unspent outputs of an entry in chain order. */
export function unspentInOrder(entry: IndexEntry): OutputRecord[] {
  const outputs = [...entry.unspent];
  if (entry.inOrder) return outputs;
  outputs.sort(chainOrder);
  entry.unspent.clear();
  for (const output of outputs) entry.unspent.add(output);
  entry.inOrder = true;
  return outputs;
}
