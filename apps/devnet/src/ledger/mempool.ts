import type { OutRefKey, TxHash } from '@x402-facilitator/cardano';
import type { OutputRecord, TransactionRecord } from './records.js';

/**
 * Accepted transactions that are in no block yet, in the order of acceptance. A transaction may spend what an earlier
 * one creates.
 */
export class Mempool {
  readonly #records = new Map<TxHash, TransactionRecord>();
  readonly #spent = new Map<OutRefKey, TxHash>();
  readonly #created = new Map<OutRefKey, OutputRecord>();
  #bytes = 0;

  get size(): number {
    return this.#records.size;
  }

  /** Sum of the transactions' sizes. */
  get bytes(): number {
    return this.#bytes;
  }

  get(id: TxHash): TransactionRecord | undefined {
    return this.#records.get(id);
  }

  /** In the order of acceptance. */
  records(): TransactionRecord[] {
    return [...this.#records.values()];
  }

  isSpent(key: OutRefKey): boolean {
    return this.#spent.has(key);
  }

  /** An output that a waiting transaction creates, even if another waiting one spends it. */
  created(key: OutRefKey): OutputRecord | undefined {
    return this.#created.get(key);
  }

  /** The waiting transactions that one depends on, itself last, in the order of acceptance. */
  withAncestors(id: TxHash): TransactionRecord[] {
    const wanted = new Set<TxHash>();
    const visit = (current: TxHash): void => {
      const record = this.#records.get(current);
      if (record === undefined || wanted.has(current)) return;
      wanted.add(current);
      for (const key of record.resolved.keys()) {
        const parent = this.#created.get(key);
        if (parent !== undefined) visit(parent.createdBy.id);
      }
    };
    visit(id);
    return this.records().filter((record) => wanted.has(record.id));
  }

  add(record: TransactionRecord): void {
    this.#records.set(record.id, record);
    this.#bytes += record.transaction.bytes.length;
    for (const key of record.spends) this.#spent.set(key, record.id);
    for (const output of record.outputs) this.#created.set(output.key, output);
  }

  remove(id: TxHash): void {
    const record = this.#records.get(id);
    if (record === undefined) return;
    this.#records.delete(id);
    this.#bytes -= record.transaction.bytes.length;
    for (const key of record.spends) this.#spent.delete(key);
    for (const output of record.outputs) this.#created.delete(output.key);
  }

  /** Empties the mempool and returns what it held, in order. */
  drain(): TransactionRecord[] {
    const records = this.records();
    this.#records.clear();
    this.#spent.clear();
    this.#created.clear();
    this.#bytes = 0;
    return records;
  }
}
