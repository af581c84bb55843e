import type { AssetId, ChainPoint, Network, OutRefKey, Slot, TxHash } from '@x402-facilitator/cardano';
import type { Pause } from './pause.js';
import type { SettlementState } from './states.js';

/** A settlement as the journal holds it: the only source of truth. Times are POSIX milliseconds. */
export type Settlement = {
  readonly schemaVersion: 1;
  readonly network: Network;
  readonly transaction: TxHash;
  readonly state: SettlementState;
  /** Grows by one with every write; events carry it, so that a reader can tell old news. */
  readonly revision: number;
  /** Submission attempts so far; also the fence of the running attempt. */
  readonly attempts: number;
  /** SHA-256 hex over JCS of `{requirements, resource.url}`. */
  readonly binding: string;
  readonly payer: string;
  readonly payTo: string;
  readonly asset: AssetId;
  /** Atomic units. */
  readonly amount: bigint;
  readonly requiredConfirmations: number;
  /** The inputs that this settlement holds until it is terminal. */
  readonly inputs: readonly OutRefKey[];
  readonly ttl: Slot;
  /** When the TTL slot begins. */
  readonly expiresAtMs: number;
  readonly queuedAtMs: number;
  readonly submittedAtMs?: number;
  readonly includedAtMs?: number;
  /** When it became confirmed, failed or expired. */
  readonly settledAtMs?: number;
  /** When it became terminal: failed, expired, or confirmed for longer than the stability window. */
  readonly finalAtMs?: number;
  readonly block?: ChainPoint;
  /** Newer canonical blocks on top of `block`; -1 for a `-1` policy met by mempool acceptance. */
  readonly confirmations?: number;
  readonly errorReason?: string;
  readonly errorMessage?: string;
  /** Why it can no longer land, for a payment that did not. */
  readonly proof?: SettlementProof;
  /** The provider's words about the latest attempt. */
  readonly lastProviderMessage?: string;
  /** When success was handed out: it is handed out once per binding. */
  readonly deliveredAtMs?: number;
  /** W3C trace context of the request that claimed it. */
  readonly traceparent?: string;
  /** Masumi: the digest of the seller's terms, bound to this transaction for good. */
  readonly termsDigest?: string;
  /** The reservation by which the worker's wallet pays its fee: the transaction lacks the wallet's signature. */
  readonly sponsorship?: string;
  /** How it pays; records of the first versions do not say. */
  readonly method?: string;
  /**
   * The revision that first made it confirmed, failed or expired. No rollback clears it: whoever counts settlements
   * counts each at this revision, and so once.
   */
  readonly firstSettledRevision?: number;
  /**
   * False when the transaction runs no script: the ledger then holds it in a block only if it paid, and nobody has to
   * ask whether its scripts succeeded.
   */
  readonly hasScripts: boolean;
  /** URL of what was paid for, as the request named it, up to `MAX_RESOURCE_CHARACTERS`. */
  readonly resource?: string;
};

/** A longer URL is not recorded: every read of the record would carry it. The binding covers it all the same. */
export const MAX_RESOURCE_CHARACTERS = 2048;

/** Why a transaction can no longer land. */
export type SettlementProof =
  /** Another transaction in a canonical block spent one of its inputs. */
  | {
      readonly kind: 'superseded';
      readonly input: OutRefKey;
      readonly by: TxHash;
      readonly block: ChainPoint;
    }
  /** The chain went past its TTL and holds it nowhere. */
  | { readonly kind: 'ttl-passed'; readonly ttl: Slot; readonly tip: ChainPoint }
  /** It landed with failed scripts: it took its collateral and paid nothing. */
  | { readonly kind: 'script-failure'; readonly block: ChainPoint };

/** What a verified payment claims. */
export type SettlementClaim = Pick<
  Settlement,
  | 'network'
  | 'transaction'
  | 'binding'
  | 'payer'
  | 'payTo'
  | 'asset'
  | 'amount'
  | 'requiredConfirmations'
  | 'inputs'
  | 'ttl'
  | 'expiresAtMs'
> & {
  /** The signed transaction exactly as received. */
  readonly signedTransaction: Uint8Array;
  readonly traceparent?: string;
  readonly termsDigest?: string;
  /** A worker verifies a sponsored payment again before it signs: it needs all that the caller sent. */
  readonly sponsored?: {
    readonly id: string;
    /** The whole request as JSON. */
    readonly request: string;
  };
  readonly method?: string;
  /** `Transaction.hasScriptWitnesses`; true when left out: then inclusion costs one more look at the chain. */
  readonly hasScripts?: boolean;
  readonly resource?: string;
};

/** The outcome of a claim: all or nothing, in one script. */
export type ClaimOutcome =
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

/** The outcome of a hold that a good `/verify` asks for. */
export type ReservationOutcome =
  | { readonly kind: 'reserved' }
  | { readonly kind: 'input-reserved'; readonly input: OutRefKey; readonly heldBy: TxHash }
  /** The payer has this many holds already. */
  | { readonly kind: 'too-many'; readonly limit: number };

/** The outcome of handing out a success (exactly-once redemption). */
export type DeliveryOutcome =
  | { readonly kind: 'delivered'; readonly settlement: Settlement }
  | { readonly kind: 'already-delivered'; readonly settlement: Settlement };

/** What `/verify` must know of the journal before it calls a payment good. */
export type InFlight = {
  /** The settlement of this very transaction, if there is one. */
  readonly settlement?: Settlement;
  /** An input held by another transaction. */
  readonly reserved?: { readonly input: OutRefKey; readonly heldBy: TxHash };
  /** The transaction that the asked terms are bound to, itself included. */
  readonly termsBoundTo?: TxHash;
};

/** Published with every write, in the same script. */
export type SettlementEvent = {
  readonly network: Network;
  readonly transaction: TxHash;
  readonly state: SettlementState;
  readonly revision: number;
};
