import { parseTxHash } from '@x402-facilitator/cardano';
import { chainOrder, unspentInOrder } from './chain-index.js';
import type { Ledger } from './ledger.js';
import type { Block, OutputRecord, TransactionRecord } from './records.js';

/**
 * The chain as seen by an indexer at a given height: at the tip, or some blocks behind it. The mempool is not part of
 * it.
 */
export class ChainView {
  readonly tip: Block;
  readonly #ledger: Ledger;
  readonly #behind: boolean;

  /** @param lagBlocks How far the indexer is behind the tip. */
  constructor(ledger: Ledger, lagBlocks = 0) {
    const { chain } = ledger;
    this.#ledger = ledger;
    this.tip = chain.blockAt(Math.max(chain.tip.height - lagBlocks, 0)) ?? chain.tip;
    this.#behind = this.tip !== chain.tip;
  }

  /** By 64 hex characters or by height. */
  block(hashOrHeight: string | number): Block | undefined {
    const { chain } = this.#ledger;
    const block =
      typeof hashOrHeight === 'number' ? chain.blockAt(hashOrHeight) : chain.blockByHash(hashOrHeight);
    return block !== undefined && block.height <= this.tip.height ? block : undefined;
  }

  blockBySlot(slot: number): Block | undefined {
    const block = this.#ledger.chain.blockBySlot(slot);
    return block !== undefined && block.height <= this.tip.height ? block : undefined;
  }

  /** A transaction of the chain by its id, in either hex case. */
  transaction(hash: string): PlacedTransaction | undefined {
    const id = parseTxHash(hash);
    const record = id === undefined ? undefined : this.#ledger.chain.transaction(id);
    return record !== undefined && this.#sees(record) ? record : undefined;
  }

  /** The transaction that spent an output, within this view. */
  spentBy(output: OutputRecord): TransactionRecord | undefined {
    const { spentBy } = output;
    return spentBy !== undefined && this.#sees(spentBy) ? spentBy : undefined;
  }

  /** Unspent outputs under an index key, in chain order. */
  unspent(key: string): OutputRecord[] {
    const entry = this.#ledger.chain.index.get(key);
    if (entry === undefined) return [];
    if (!this.#behind) return unspentInOrder(entry);
    return entry.created
      .filter((output) => this.#sees(output.createdBy) && this.spentBy(output) === undefined)
      .sort(chainOrder);
  }

  /** True when the chain ever held something under an index key. */
  knows(key: string): boolean {
    const first = this.#ledger.chain.index.get(key)?.transactions[0];
    return first !== undefined && this.#sees(first);
  }

  /** Transactions that touched an index key, in chain order. */
  transactions(key: string): PlacedTransaction[] {
    const touched = this.#ledger.chain.index.get(key)?.transactions ?? [];
    return touched.filter((record): record is PlacedTransaction => this.#sees(record));
  }

  #sees(record: TransactionRecord): record is PlacedTransaction {
    return record.placement !== undefined && record.placement.block.height <= this.tip.height;
  }
}

/** A transaction that is on the chain. */
export type PlacedTransaction = TransactionRecord & {
  readonly placement: NonNullable<TransactionRecord['placement']>;
};
