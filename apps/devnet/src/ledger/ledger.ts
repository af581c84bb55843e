import {
  blake2b256,
  decodeTransaction,
  type OutRefKey,
  outRefKey,
  type Slot,
  slot,
  slotAt,
  type Transaction,
  toHex,
} from '@x402-facilitator/cardano';
import {
  type DevnetParameters,
  epochPositionOf,
  type NetworkProfile,
  protocolParameters,
} from '../network/index.js';
import { Chain } from './chain.js';
import type { Judge } from './judge.js';
import { makeRecord } from './make-record.js';
import { Mempool } from './mempool.js';
import type { Block, OutputRecord, TransactionRecord } from './records.js';
import { Submissions, type SubmitResult } from './submissions.js';

export type LedgerOptions = {
  readonly profile: NetworkProfile;
  readonly genesis: Block;
  readonly judge: Judge;
  /** Wall-clock POSIX milliseconds. */
  readonly nowMs: () => number;
  /** Room in the mempool, in bytes. A node has room for two block bodies, 180 224 bytes. */
  readonly mempoolBytes: number;
};

/** What happens to the transactions of blocks that are rolled back. */
export type RolledBackTransactions = 'return' | 'vanish';

/** A change of the chain, with the wall clock's time. */
export type ChainChange =
  | {
      readonly kind: 'block';
      readonly atMs: number;
      readonly hash: string;
      readonly height: number;
      readonly transactions: readonly string[];
    }
  /** Every block above this height left the chain. */
  | { readonly kind: 'rollback'; readonly atMs: number; readonly height: number };

/**
 * A Cardano ledger of one node: the canonical chain, the mempool, and the rules by which transactions enter them. All
 * calls are synchronous: each returns when its effect is complete.
 */
export class Ledger {
  readonly profile: NetworkProfile;
  readonly chain: Chain;
  readonly mempool = new Mempool();
  readonly submissions = new Submissions();
  /** What became of the chain, oldest first; tests read it. */
  readonly changes: ChainChange[] = [];
  readonly #judge: Judge;
  readonly #wallClockMs: () => number;
  readonly #mempoolBytes: number;
  #clockOffsetMs = 0;
  #parameters: DevnetParameters | undefined;
  /** Makes the blocks after a rollback differ from the ones that they replace. */
  #rollbacks = 0;

  constructor(options: LedgerOptions) {
    this.profile = options.profile;
    this.chain = new Chain(options.genesis);
    this.#judge = options.judge;
    this.#wallClockMs = options.nowMs;
    this.#mempoolBytes = options.mempoolBytes;
  }

  /** The ledger's clock, POSIX milliseconds. */
  nowMs(): number {
    return this.#wallClockMs() + this.#clockOffsetMs;
  }

  /** Moves the ledger's clock away from the wall clock; slots never run backwards. */
  setClockOffset(offsetMs: number): void {
    this.#clockOffsetMs = offsetMs;
  }

  /** The current slot, never before the tip's. */
  currentSlot(): Slot {
    return slot(Math.max(slotAt(this.profile.timeline, this.nowMs()), this.chain.tip.slot));
  }

  parameters(): DevnetParameters {
    const { epoch } = epochPositionOf(this.profile, this.currentSlot());
    // The validator caches by parameter object, so always pass the same one.
    if (this.#parameters?.epoch !== epoch) this.#parameters = protocolParameters(this.profile, epoch);
    return this.#parameters;
  }

  /** An output that neither the chain nor the mempool spends. */
  unspent(key: OutRefKey): OutputRecord | undefined {
    if (this.mempool.isSpent(key)) return undefined;
    const created = this.mempool.created(key);
    if (created !== undefined) return created;
    const output = this.chain.output(key);
    return output?.spentBy === undefined ? output : undefined;
  }

  /** Submits a signed transaction, as a client's bytes, and keeps count of it. */
  submit(bytes: Uint8Array): SubmitResult {
    const result = this.admit(bytes);
    this.submissions.record(result);
    return result;
  }

  /** Adds a transaction to the mempool if the ledger's rules allow it and there is room. */
  admit(bytes: Uint8Array): SubmitResult {
    const outcome = decodeTransaction(bytes);
    if (!outcome.ok) return { kind: 'undecodable', message: outcome.error };
    const transaction = outcome.value;
    if (this.mempool.bytes + bytes.length > this.#mempoolBytes) {
      return { kind: 'mempool-full', id: transaction.id };
    }
    const resolved = this.#resolve(transaction);
    const failures = this.#judge(transaction, {
      profile: this.profile,
      parameters: this.parameters(),
      // As a node's mempool does: the next block is in the slot after its tip's, for all that it knows.
      slot: slot(this.chain.tip.slot + 1),
      unspent: resolved,
    });
    if (failures.length > 0) return { kind: 'refused', id: transaction.id, failures };
    this.mempool.add(makeRecord(transaction, resolved, this.nowMs()));
    return { kind: 'accepted', id: transaction.id };
  }

  /** Counts a submission that a fault kept from the ledger. */
  lose(bytes: Uint8Array): void {
    const outcome = decodeTransaction(bytes);
    this.submissions.record(
      outcome.ok ? { kind: 'lost', id: outcome.value.id } : { kind: 'undecodable', message: outcome.error },
    );
  }

  /**
   * Forges one block on the tip, with the mempool's transactions in their order as far as a block has room.
   *
   * @param only Includes only these. It must also list the transactions that they depend on.
   */
  forge(only?: readonly TransactionRecord[]): Block {
    const at = this.currentSlot();
    this.#dropUnfit(at);
    const room = this.parameters().maxBlockBodyBytes;
    const transactions: TransactionRecord[] = [];
    let bodyBytes = 0;
    const candidates = only?.filter(({ id }) => this.mempool.get(id) !== undefined) ?? this.mempool.records();
    for (const record of candidates) {
      const size = record.transaction.bytes.length;
      if (bodyBytes + size > room) break;
      transactions.push(record);
      bodyBytes += size;
    }
    const tip = this.chain.tip;
    const height = tip.height + 1;
    const ids = transactions.map(({ id }) => id);
    const seed = [this.profile.network, tip.hash, height, at, this.#rollbacks, ...ids].join(' ');
    const hash = toHex(blake2b256(Buffer.from(seed)));
    for (const { id } of transactions) {
      this.mempool.remove(id);
      this.submissions.countOnChain(id, 'applied');
    }
    const block: Block = { hash, height, slot: at, previousHash: tip.hash, transactions, bodyBytes };
    this.chain.append(block);
    this.changes.push({ kind: 'block', atMs: this.#wallClockMs(), hash, height, transactions: ids });
    return block;
  }

  /**
   * Removes the last blocks from the chain, then checks the mempool again: a transaction leaves it when its inputs have
   * left the ledger.
   *
   * @returns the blocks, highest first.
   * @throws RangeError when that would remove the genesis block.
   */
  rollback(blocks: number, transactions: RolledBackTransactions): readonly Block[] {
    if (blocks > this.chain.tip.height) {
      throw new RangeError(
        `the chain has ${this.chain.tip.height} blocks after genesis; cannot roll back ${blocks}`,
      );
    }
    const removed = Array.from({ length: blocks }, () => this.chain.removeTip());
    this.#rollbacks += 1;
    this.changes.push({ kind: 'rollback', atMs: this.#wallClockMs(), height: this.chain.tip.height });
    const undone = removed.toReversed().flatMap((block) => block.transactions);
    for (const { id } of undone) this.submissions.countOnChain(id, 'rolledBack');
    const waiting = this.mempool.drain();
    for (const record of transactions === 'return' ? [...undone, ...waiting] : waiting) {
      if (this.#stillFits(record, this.currentSlot())) this.mempool.add(record);
    }
    return removed;
  }

  #resolve(transaction: Transaction): Map<OutRefKey, OutputRecord> {
    const resolved = new Map<OutRefKey, OutputRecord>();
    for (const refs of [transaction.inputs, transaction.referenceInputs, transaction.collateralInputs]) {
      for (const ref of refs) {
        const key = outRefKey(ref);
        const output = this.unspent(key);
        if (output !== undefined) resolved.set(key, output);
      }
    }
    return resolved;
  }

  #stillFits({ transaction, resolved }: TransactionRecord, at: Slot): boolean {
    if (transaction.ttl !== undefined && transaction.ttl <= at) return false;
    return [...resolved.keys()].every((key) => this.unspent(key) !== undefined);
  }

  /** Expired transactions leave the mempool, and those that spend their outputs with them. */
  #dropUnfit(at: Slot): void {
    const expired = this.mempool.records().some(({ transaction: { ttl } }) => ttl !== undefined && ttl <= at);
    if (!expired) return;
    for (const record of this.mempool.drain()) {
      if (this.#stillFits(record, at)) this.mempool.add(record);
    }
  }
}
