import type { Network, OutRefKey, TxHash } from '@x402-facilitator/cardano';
import type {
  ClaimOutcome,
  DeliveryOutcome,
  InFlight,
  Settlement,
  SettlementClaim,
  SettlementEvent,
} from './settlement.js';
import type { SettlementState } from './states.js';

/** The fields that a transition may write beside the state. */
export type SettlementChange = Partial<
  Pick<
    Settlement,
    | 'submittedAtMs'
    | 'includedAtMs'
    | 'settledAtMs'
    | 'block'
    | 'confirmations'
    | 'errorReason'
    | 'errorMessage'
    | 'lastProviderMessage'
  >
>;

/** One fenced change of state. */
export type TransitionRequest = {
  readonly network: Network;
  readonly transaction: TxHash;
  /** The states in which the change may happen; in any other it is refused and nothing is written. */
  readonly from: readonly SettlementState[];
  readonly to: SettlementState;
  /** The attempt that asks, where only the running attempt may write. */
  readonly fence?: number;
  readonly change?: SettlementChange;
};

export type TransitionOutcome =
  | { readonly kind: 'changed'; readonly settlement: Settlement }
  /** Another writer was faster, or the fence is old: the record as it stands. */
  | { readonly kind: 'refused'; readonly settlement: Settlement }
  | { readonly kind: 'not-found' };

/**
 * The settlement journal on Redis. Every write is one Lua script that checks the expected state and publishes the
 * event in the same call.
 *
 * @throws JournalUnavailableError from every method when Redis does not answer.
 */
export interface Journal {
  claim(claim: SettlementClaim): Promise<ClaimOutcome>;
  read(network: Network, transaction: TxHash): Promise<Settlement | undefined>;
  readMany(network: Network, transactions: readonly TxHash[]): Promise<readonly (Settlement | undefined)[]>;
  /** The bytes to submit, exactly as claimed. */
  readSignedTransaction(network: Network, transaction: TxHash): Promise<Uint8Array | undefined>;
  inFlight(network: Network, transaction: TxHash, inputs: readonly OutRefKey[]): Promise<InFlight>;
  transition(request: TransitionRequest): Promise<TransitionOutcome>;
  /** Hands out a confirmed success once per binding; the same `idempotencyKey` collects it again. */
  deliver(
    network: Network,
    transaction: TxHash,
    idempotencyKey?: string,
  ): Promise<DeliveryOutcome | undefined>;
  /** Every settlement that is not terminal, and confirmed ones inside the stability window; oldest first. */
  pending(network: Network): Promise<readonly TxHash[]>;
}

/** Wakes whoever waits for a settlement, on any replica. */
export interface SettlementEvents {
  /** Calls `listener` on every event of one settlement until the returned function is called. */
  subscribe(transaction: TxHash, listener: (event: SettlementEvent) => void): () => void;
  close(): Promise<void>;
}

/** Redis did not answer: nothing was written, or it is unknown whether it was. */
export class JournalUnavailableError extends Error {
  override readonly name = 'JournalUnavailableError';
}
