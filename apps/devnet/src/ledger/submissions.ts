import type { TxHash } from '@x402-facilitator/cardano';
import type { LedgerFailure } from './judge.js';

/** The ledger's answer to a submission. */
export type SubmitResult =
  | { readonly kind: 'accepted'; readonly id: TxHash }
  | { readonly kind: 'refused'; readonly id: TxHash; readonly failures: readonly LedgerFailure[] }
  | { readonly kind: 'undecodable'; readonly message: string }
  | { readonly kind: 'mempool-full'; readonly id: TxHash };

/** The history of one transaction id, over all its submissions. */
export type Submission = {
  /** How often a caller sent it, faults included: `accepted` + `rejected` + `lost` + turned away by a full mempool. */
  submitted: number;
  /** How often the ledger accepted it. */
  accepted: number;
  rejected: number;
  /** How often a fault kept it from the ledger. */
  lost: number;
  /** How often it was put into a block; more than once only after rollbacks. */
  applied: number;
  /** How often a rollback took it out again. */
  rolledBack: number;
  /** The ledger's last refusals, oldest first. */
  readonly messages: string[];
};

const KEPT_MESSAGES = 10;

/**
 * Counts what clients submitted, by transaction id. Tests use it to prove that no payment was made twice. The faucet's
 * transactions do not count.
 */
export class Submissions {
  readonly #byId = new Map<TxHash, Submission>();
  #undecodable = 0;

  get(id: TxHash): Submission | undefined {
    return this.#byId.get(id);
  }

  entries(): IterableIterator<[TxHash, Submission]> {
    return this.#byId.entries();
  }

  /** Submissions whose bytes were not a transaction. */
  get undecodable(): number {
    return this.#undecodable;
  }

  /** Counts one submission by its outcome. */
  record(result: SubmitResult | { readonly kind: 'lost'; readonly id: TxHash }): void {
    if (result.kind === 'undecodable') {
      this.#undecodable += 1;
      return;
    }
    const submission = this.#of(result.id);
    submission.submitted += 1;
    if (result.kind === 'accepted') submission.accepted += 1;
    if (result.kind === 'lost') submission.lost += 1;
    if (result.kind !== 'refused') return;
    submission.rejected += 1;
    submission.messages.push(result.failures.map(({ text }) => text).join('; '));
    if (submission.messages.length > KEPT_MESSAGES) submission.messages.shift();
  }

  /** Counts an inclusion or a rollback of a transaction, if a client submitted it. */
  countOnChain(id: TxHash, what: 'applied' | 'rolledBack'): void {
    const submission = this.#byId.get(id);
    if (submission !== undefined) submission[what] += 1;
  }

  clear(): void {
    this.#byId.clear();
    this.#undecodable = 0;
  }

  #of(id: TxHash): Submission {
    let submission = this.#byId.get(id);
    if (submission === undefined) {
      submission = {
        submitted: 0,
        accepted: 0,
        rejected: 0,
        lost: 0,
        applied: 0,
        rolledBack: 0,
        messages: [],
      };
      this.#byId.set(id, submission);
    }
    return submission;
  }
}
