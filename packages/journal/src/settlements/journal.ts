import type { ChainPoint, Network, OutRefKey, Result, TxHash } from '@x402-facilitator/cardano';
import type { Pause } from './pause.js';
import type {
  Reading,
  Settlement,
  SettlementClaim,
  SettlementProof,
  UnreadableSettlement,
} from './settlement.js';
import type { AWAITING_STATES, SettlementState } from './states.js';

/** The record exists and this version cannot read it: nothing was written. */
export type Unreadable = { readonly kind: 'unreadable'; readonly record: UnreadableSettlement };

/** The outcome of a claim: all or nothing, in one script. */
export type ClaimOutcome =
  | Unreadable
  | { readonly kind: 'claimed'; readonly settlement: Settlement }
  /** The same transaction under the same binding: the caller joins it. */
  | { readonly kind: 'joined'; readonly settlement: Settlement }
  /** The same transaction under another binding. */
  | { readonly kind: 'bound-elsewhere'; readonly settlement: Settlement }
  /** The Masumi terms are bound to another transaction. */
  | { readonly kind: 'terms-bound'; readonly boundTo: TxHash }
  /** An input is held by another transaction in flight here. */
  | { readonly kind: 'input-reserved'; readonly input: OutRefKey; readonly heldBy: TxHash }
  /** An operator has stopped new settlements; nothing was claimed. */
  | { readonly kind: 'paused'; readonly pause: Pause };

/** A good `/verify` holds the inputs for a while (`chain.reservation.onVerify`). */
export type ReservationRequest = {
  readonly network: Network;
  readonly txHash: TxHash;
  readonly payer: string;
  readonly inputs: readonly OutRefKey[];
  readonly ttlMs: number;
  /** Holds that one payer may have at a time. */
  readonly maxConcurrent: number;
};

export type ReservationOutcome =
  | { readonly kind: 'reserved' }
  | { readonly kind: 'input-reserved'; readonly input: OutRefKey; readonly heldBy: TxHash }
  /** The payer has this many holds already. */
  | { readonly kind: 'too-many'; readonly limit: number };

/** What `/verify` must know of the journal before it calls a payment good. */
export type InFlight = {
  /** The settlement of this very transaction, if there is one. */
  readonly settlement?: Settlement;
  /** An input held by another transaction. */
  readonly reserved?: { readonly input: OutRefKey; readonly heldBy: TxHash };
  /** The transaction that the asked terms are bound to, itself included. */
  readonly termsBoundTo?: TxHash;
};

type Remark = { readonly lastProviderMessage?: string };
type Depth = Remark & { readonly confirmations: number; readonly block?: ChainPoint };
type Failure = Remark & { readonly errorReason: string; readonly errorMessage: string };

/** What each new state must be told. The journal stamps the times, and clears what a rollback makes untrue. */
type Change =
  | { readonly to: 'submitting' | 'submitted' | 'ambiguous'; readonly change?: Remark }
  | {
      readonly to: 'included';
      readonly from: readonly (typeof AWAITING_STATES)[number][];
      readonly change: Depth & { readonly block: ChainPoint };
    }
  /** The block is known. */
  | { readonly to: 'included' | 'confirmed'; readonly from: readonly ['included']; readonly change: Depth }
  /** Without a block where a node's acceptance is all that was asked for. */
  | {
      readonly to: 'confirmed';
      readonly from: readonly ('submitted' | 'confirmed')[];
      readonly change: Depth;
    }
  | { readonly to: 'failed'; readonly change: Failure & { readonly proof?: SettlementProof } }
  | { readonly to: 'expired'; readonly change: Failure & { readonly proof: SettlementProof } };

/** One fenced change of state. */
export type TransitionRequest = {
  readonly network: Network;
  readonly txHash: TxHash;
  /** The states in which the change may happen; in any other it is refused and nothing is written. */
  readonly from: readonly SettlementState[];
  /** The attempt that asks, where only the running attempt may write. */
  readonly fence?: number;
  /** The follower's lease that asks: refused once another worker holds a newer one. */
  readonly leaseFence?: number;
  /** When the sweeper should look at it again, POSIX ms; by default the journal's own patience with the new state. */
  readonly lookAgainAtMs?: number;
} & Change;

export type TransitionOutcome =
  | Unreadable
  | { readonly kind: 'changed'; readonly from: SettlementState; readonly settlement: Settlement }
  /** Another writer was faster, or the fence is old: the record as it stands. */
  | { readonly kind: 'refused'; readonly settlement: Settlement }
  | { readonly kind: 'not-found' };

/** The outcome of handing out a success (exactly-once redemption). */
export type DeliveryOutcome =
  | Unreadable
  | { readonly kind: 'delivered'; readonly settlement: Settlement }
  | { readonly kind: 'already-delivered'; readonly settlement: Settlement };

/**
 * The settlement journal on Redis. Every write is one Lua script that checks the expected state and publishes the
 * event in the same call.
 *
 * @throws JournalUnavailableError from every method when Redis does not answer.
 * @throws JournalCorruptError when Redis answers what no script of this version answers.
 */
export interface Journal {
  claim(claim: SettlementClaim): Promise<ClaimOutcome>;
  reserve(request: ReservationRequest): Promise<ReservationOutcome>;
  read(network: Network, txHash: TxHash): Promise<Reading>;
  readMany(network: Network, txHashes: readonly TxHash[]): Promise<readonly Reading[]>;
  /** The bytes to submit, exactly as claimed, or as a worker completed them. */
  readSignedTransaction(network: Network, txHash: TxHash): Promise<Uint8Array | undefined>;
  /** What the caller of a sponsored payment sent, as JSON; nothing for any other payment. */
  readRequest(network: Network, txHash: TxHash): Promise<string | undefined>;
  /**
   * Keeps the bytes of a sponsored payment with the worker's signature in them: every submission from here on sends
   * these. The caller has checked that they are the same transaction. False when it is terminal, or not sponsored.
   */
  completeTransaction(network: Network, txHash: TxHash, bytes: Uint8Array): Promise<boolean>;
  /** @param termsDigest Masumi: the terms that the transaction pays. */
  inFlight(
    network: Network,
    txHash: TxHash,
    inputs: readonly OutRefKey[],
    termsDigest?: string,
  ): Promise<Result<InFlight, UnreadableSettlement>>;
  transition(request: TransitionRequest): Promise<TransitionOutcome>;
  /** Hands out a confirmed success once per binding; the same `idempotencyKey` collects it again. */
  deliver(network: Network, txHash: TxHash, idempotencyKey?: string): Promise<DeliveryOutcome | undefined>;
  /** Every settlement that is not terminal, and confirmed ones inside the stability window; oldest first. */
  pending(network: Network): Promise<readonly TxHash[]>;
}
