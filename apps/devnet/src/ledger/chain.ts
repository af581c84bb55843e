import type { OutRefKey, ReferenceScript, TxHash } from '@x402-facilitator/cardano';
import { ChainIndex } from './chain-index.js';
import type { Block, OutputRecord, TransactionRecord } from './records.js';

/**
 * The canonical chain: blocks from genesis to the tip and the outputs that they created. Every look-up is by key. Only
 * blocks change the chain.
 */
export class Chain {
  readonly index = new ChainIndex();
  readonly #blocks: Block[] = [];
  readonly #blocksByHash = new Map<string, Block>();
  readonly #transactions = new Map<TxHash, TransactionRecord>();
  readonly #outputs = new Map<OutRefKey, OutputRecord>();
  /** Scripts and datums stay known after a rollback, as in an indexer's tables. */
  readonly #scripts = new Map<string, ReferenceScript>();
  readonly #datums = new Map<string, Uint8Array>();
  #unspentCount = 0;

  constructor(genesis: Block) {
    this.append(genesis);
  }

  get tip(): Block {
    const tip = this.#blocks.at(-1);
    if (tip === undefined) throw new Error('a chain always has its genesis block');
    return tip;
  }

  get unspentCount(): number {
    return this.#unspentCount;
  }

  get transactionCount(): number {
    return this.#transactions.size;
  }

  blockAt(height: number): Block | undefined {
    return this.#blocks[height];
  }

  blockByHash(hash: string): Block | undefined {
    return this.#blocksByHash.get(hash);
  }

  /** The last block of a slot: fast devnets put several into one. */
  blockBySlot(slot: number): Block | undefined {
    let [low, high] = [0, this.#blocks.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#blocks[middle]?.slot ?? Infinity) <= slot) low = middle;
      else high = middle - 1;
    }
    const found = this.#blocks[low];
    return found?.slot === slot ? found : undefined;
  }

  transaction(id: TxHash): TransactionRecord | undefined {
    return this.#transactions.get(id);
  }

  /** An output that the chain created, spent or not. */
  output(key: OutRefKey): OutputRecord | undefined {
    return this.#outputs.get(key);
  }

  script(hash: string): ReferenceScript | undefined {
    return this.#scripts.get(hash);
  }

  datum(hash: string): Uint8Array | undefined {
    return this.#datums.get(hash);
  }

  append(block: Block): void {
    this.#blocks.push(block);
    this.#blocksByHash.set(block.hash, block);
    for (const [index, record] of block.transactions.entries()) {
      record.placement = { block, index };
      this.#apply(record);
    }
  }

  /** Takes the tip off the chain, but never genesis. */
  removeTip(): Block {
    if (this.#blocks.length === 1) throw new RangeError('the genesis block cannot be rolled back');
    const block = this.tip;
    this.#blocks.pop();
    this.#blocksByHash.delete(block.hash);
    for (const record of block.transactions.toReversed()) this.#undo(record);
    return block;
  }

  #spentBy(record: TransactionRecord): OutputRecord[] {
    return record.spends.flatMap((key) => this.#outputs.get(key) ?? []);
  }

  #apply(record: TransactionRecord): void {
    this.#transactions.set(record.id, record);
    const spent = this.#spentBy(record);
    for (const output of spent) output.spentBy = record;
    for (const output of record.outputs) {
      this.#outputs.set(output.key, output);
      const { referenceScript, datumHash, inlineDatum } = output.output;
      if (referenceScript !== undefined) this.#scripts.set(referenceScript.hash, referenceScript);
      if (datumHash !== undefined && inlineDatum !== undefined) {
        this.#datums.set(datumHash, Buffer.from(inlineDatum, 'hex'));
      }
    }
    for (const script of record.transaction.scriptWitnesses) this.#scripts.set(script.hash, script);
    for (const [hash, bytes] of record.details.datums) this.#datums.set(hash, bytes);
    this.#unspentCount += record.outputs.length - spent.length;
    this.index.apply(record, spent);
  }

  #undo(record: TransactionRecord): void {
    const spent = this.#spentBy(record);
    this.index.undo(record, spent);
    this.#unspentCount -= record.outputs.length - spent.length;
    for (const output of spent) output.spentBy = undefined;
    for (const output of record.outputs) this.#outputs.delete(output.key);
    this.#transactions.delete(record.id);
    record.placement = undefined;
  }
}
