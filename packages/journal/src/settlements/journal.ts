import type { ChainPoint, Network, OutRefKey, Result, TxHash } from '@x402-facilitator/cardano';
import { JournalUnavailableError } from '../redis/index.js';
import type { KeyRefusal } from '../usage/index.js';
import type { Call, CallName, NamedPayment } from './calls.js';
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
  /** A name of the call stands for another payment; nothing was claimed. */
  | NameTaken
  /** An operator has paused new settlements; nothing was claimed. */
  | { readonly kind: 'paused'; readonly pause: Pause }
  /** Too many ended settlements wait for the archive; nothing was claimed. */
  | { readonly kind: 'archive-behind' }
  /** The caller's key may not make it; nothing was claimed. */
  | KeyRefusal;

export type NameTaken = { readonly kind: 'name-taken'; readonly name: CallName };

/** The outcome of a call for a payment that was claimed before. */
export type JoinOutcome =
  | Unreadable
  | NameTaken
  | { readonly kind: 'joined'; readonly settlement: Settlement };

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

/** What `/verify` must know from the journal before it accepts a payment. */
export type InFlight = {
  /** The settlement of this transaction, if there is one. */
  readonly settlement?: Settlement;
  /** An input held by another transaction. */
  readonly reserved?: { readonly input: OutRefKey; readonly heldBy: TxHash };
  /** The transaction that the terms are bound to; it may be the one that asks. */
  readonly termsBoundTo?: TxHash;
  /** There is no record of it, a block holds it, and an operator said that its success was never handed out. */
  readonly redeemable?: { readonly payer: string };
};

type Remark = { readonly lastProviderMessage?: string };
/** Refusals in a row, as far as this attempt changed them. */
export type Refused = { readonly refusals?: number; readonly refusedAtMs?: number };
type Depth = Remark & { readonly confirmations: number; readonly block?: ChainPoint };
type Failure = Remark & { readonly errorReason: string; readonly errorMessage: string };

/** The data that each new state needs. The journal stamps the times, and clears what a rollback makes untrue. */
type Change =
  | { readonly to: 'submitting' | 'submitted'; readonly change?: Remark }
  | { readonly to: 'ambiguous'; readonly change?: Remark & Refused }
  | {
      readonly to: 'included' | 'confirmed';
      readonly from: readonly (typeof AWAITING_STATES)[number][];
      readonly change: Depth & { readonly block: ChainPoint };
    }
  /** The block is known. */
  | { readonly to: 'included' | 'confirmed'; readonly from: readonly ['included']; readonly change: Depth }
  /** Without a block when the policy asks only for a node's acceptance. */
  | {
      readonly to: 'confirmed';
      readonly from: readonly ('submitted' | 'confirmed')[];
      readonly change: Depth;
    }
  | { readonly to: 'failed'; readonly change: Failure & { readonly proof?: SettlementProof } }
  | { readonly to: 'expired'; readonly change: Failure & { readonly proof: SettlementProof } };

/** A change of state, checked against fences. */
export type TransitionRequest = {
  readonly network: Network;
  readonly txHash: TxHash;
  /** The states in which the change may happen; in any other it is refused and nothing is written. */
  readonly from: readonly SettlementState[];
  /** The attempt that writes. Give it where only the running attempt may write. */
  readonly fence?: number;
  /** The fence of the follower's lease. The change is refused once another worker holds a newer lease. */
  readonly leaseFence?: number;
  /** When the sweeper should look at it again, POSIX ms. The default is the journal's patience with the new state. */
  readonly lookAgainAtMs?: number;
} & Change;

export type TransitionOutcome =
  | Unreadable
  | { readonly kind: 'changed'; readonly from: SettlementState; readonly settlement: Settlement }
  /** Another writer was faster, or the fence is old. Carries the record as it stands. */
  | { readonly kind: 'refused'; readonly settlement: Settlement }
  | { readonly kind: 'not-found' };

/** The outcome of an operator's word that a success was never handed out. */
export type RedeemOutcome =
  | Unreadable
  | { readonly kind: 'redeemed'; readonly settlement: Settlement }
  | { readonly kind: 'already-delivered'; readonly settlement: Settlement }
  /** It failed or expired. */
  | { readonly kind: 'unpaid'; readonly settlement: Settlement }
  | { readonly kind: 'not-found' };

/** What became of the events of a settlement's end that were to be told once more: the last of them where there are two. */
export type ReplayOutcome =
  | Unreadable
  /** `there`: it waits already. `full`: as many wait as may. `stopped`: the endpoint wants none. */
  | { readonly kind: 'added' | 'there' | 'full' | 'stopped' }
  /** It was claimed without a key, or its key has no endpoint. */
  | { readonly kind: 'no-endpoint' }
  /** It is pending. */
  | { readonly kind: 'not-ended' }
  | { readonly kind: 'not-found' };

/** The settlement is recorded, and a fail-over could still lose what this call wrote: it must not be acknowledged. */
export class SettlementNotReplicatedError extends JournalUnavailableError {
  override readonly name = 'SettlementNotReplicatedError';
  readonly settlement: Settlement;

  constructor({ message }: Error, settlement: Settlement) {
    super(message);
    this.settlement = settlement;
  }
}

/** The outcome of delivering a success, which happens exactly once. */
export type DeliveryOutcome =
  | Unreadable
  | { readonly kind: 'delivered'; readonly settlement: Settlement }
  | { readonly kind: 'already-delivered'; readonly settlement: Settlement }
  /** It ended so long ago that it is only kept for the archive. */
  | { readonly kind: 'too-late'; readonly settlement: Settlement };

/**
 * The settlement journal on Redis. Every write is one Lua script that checks the expected state and publishes the
 * event in the same call.
 *
 * @throws JournalUnavailableError from every method when Redis does not answer.
 * @throws JournalCorruptError when Redis gives an answer that this version's scripts cannot give.
 */
export interface Journal {
  /**
   * @throws SettlementNotReplicatedError, where replicas must acknowledge and did not in time. The claim stands, and the
   * same claim joins it.
   */
  claim(claim: SettlementClaim, call?: Call): Promise<ClaimOutcome>;
  /**
   * Lets the names of a call stand for the payment of a settlement that exists. Nothing is asked of Redis for a call that
   * gives none, unless replicas must acknowledge the settlement.
   *
   * @throws SettlementNotReplicatedError, where replicas must have the settlement and do not.
   */
  join(settlement: Settlement, call: Call): Promise<JoinOutcome>;
  /** The first name of a call that stands for another payment. */
  readTakenName(call: Call, payment: NamedPayment): Promise<CallName | undefined>;
  /**
   * Resolves when the replicas that must acknowledge have the claim of a settlement that was read; at once where none must.
   * Only then a caller may be told of it, and its bytes may be sent: a fail-over would lose it, and the money would be gone
   * without a record.
   *
   * @throws SettlementNotReplicatedError, also when another Redis has become the primary and does not have it.
   */
  awaitReplicas(settlement: Settlement): Promise<void>;
  reserve(request: ReservationRequest): Promise<ReservationOutcome>;
  read(network: Network, txHash: TxHash): Promise<Reading>;
  readMany(network: Network, txHashes: readonly TxHash[]): Promise<readonly Reading[]>;
  /** The bytes to submit, exactly as claimed, or as a worker completed them. */
  readSignedTransaction(network: Network, txHash: TxHash): Promise<Uint8Array | undefined>;
  /** The request of a sponsored payment, as JSON. `undefined` for every other payment. */
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
  /**
   * Delivers a confirmed success once per binding. The same caller gets it again under the same `idempotencyKey`; where it
   * resumes, under the same `paymentIdentifier`, too.
   *
   * @throws SettlementNotReplicatedError, where replicas must acknowledge and did not in time. The delivery is taken back
   * where Redis allows it, so that the same call can have the success.
   */
  deliver(network: Network, txHash: TxHash, call?: Call): Promise<DeliveryOutcome | undefined>;
  /** Keeps an operator's word that its success was never handed out, and why, in its record. */
  redeem(network: Network, txHash: TxHash, reason: string): Promise<RedeemOutcome>;
  /** Tells the webhook of its key of its end once more, with the ids that its events had. */
  replay(network: Network, txHash: TxHash): Promise<ReplayOutcome>;
  /** Keeps such a word about a payment whose record was lost, for as long as records are kept. */
  announceRedemption(network: Network, txHash: TxHash, reason: string): Promise<void>;
  /** The reason of such a word. */
  readRedemption(network: Network, txHash: TxHash): Promise<string | undefined>;
  /** Every settlement that is not terminal, and confirmed ones inside the stability window; oldest first. */
  pending(network: Network): Promise<readonly TxHash[]>;
}
