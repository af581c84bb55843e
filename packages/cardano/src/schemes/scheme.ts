import type { ShelleyAddress } from '../ledger/address/index.js';
import type {
  AssetFact,
  ChainOutput,
  FollowedFact,
  NetworkFacts,
  OutputFacts,
} from '../ledger/facts/index.js';
import type { Network, Timeline } from '../ledger/network/index.js';
import type { LedgerFailure, LedgerInput } from '../ledger/phase-1/index.js';
import type { Phase2Outcome, Phase2Question } from '../ledger/phase-2/index.js';
import type { AssetId, Lovelace, OutRef, OutRefKey, Slot, TxHash } from '../ledger/primitives/index.js';
import type { Result } from '../result.js';
import type { KnownPayment, KnownPaymentSettings } from './known-payment.js';
import type { VerificationPolicy } from './policy.js';
import type { Refusal } from './refusal.js';
import type { PaymentRequest } from './request.js';
import type { SponsoredCost, SponsorshipFact } from './sponsorship.js';

/**
 * A way to pay. It reads a request and judges it in steps: each step says which facts it needs, is given them, and
 * either refuses or names the next step. A scheme does no I/O: the caller looks the facts up.
 *
 * @example
 * const request = scheme.read(body, policy);
 * if (!request.ok) return request;
 * const transaction = request.value.decode(await chain.facts.get());
 */
export interface Scheme {
  /** Its name in requests and `/supported`. */
  readonly name: string;
  /** The codes that the facilitator itself answers and records with. */
  readonly codes: SchemeCodes;
  /** Every code that a payment of this scheme can be refused with, or that its settlement can end with. */
  readonly allCodes: readonly string[];
  /** Whether a code is not a verdict: the same request may be accepted when it is sent again. */
  isRetryable(code: string): boolean;
  /** The labels that `AcceptedPayment.method` can have. */
  readonly methods: readonly string[];
  /** The label that requirements ask for, judged by nothing else; `undefined` when it is none of `methods`. */
  methodOf(requirements: Pick<PaymentRequest['paymentRequirements'], 'extra'>): string | undefined;
  /** Whether this deployment offers it: a scheme may need settings. */
  isOffered(policy: VerificationPolicy): boolean;
  /** `extra` of its kinds in `/supported`; `undefined` for kinds without. */
  advertise(policy: VerificationPolicy): Readonly<Record<string, unknown>> | undefined;
  /** Payments whose verdict is known: with them a facilitator sees that it verifies as it should. */
  knownPayments(settings: KnownPaymentSettings): readonly KnownPayment[];
  /** Reads a request: everything that can be judged without the chain and without decoding. */
  read(request: PaymentRequest, policy: VerificationPolicy): Result<RequestStep, Refusal>;
  /** Reads requirements for which no payment exists yet. */
  readRequirements(
    requirements: PaymentRequest['paymentRequirements'],
    policy: VerificationPolicy,
  ): Result<RequiredPayment, Refusal>;
}

/** Codes that the facilitator needs of a scheme for what happens outside of its rules. */
export type SchemeCodes = {
  /** The body is not of the protocol's shape, or larger than it may be. */
  readonly malformedRequest: string;
  /** The body is of another version of the protocol. */
  readonly unsupportedVersion: string;
  /** The chain could not be read. */
  readonly chainLookupFailed: string;
  /** What is left of the providers' budget is kept for others than this caller. */
  readonly lookupsReserved: string;
  /** Another payment in flight holds one of the inputs. */
  readonly inputReserved: string;
  /** There is nothing to settle in such a request here. */
  readonly notSettled: string;
  /** The node refused the transaction for good and the ledger does not hold it. */
  readonly settlementFailed: string;
  /** A block held the transaction before it was claimed here: its success may have been handed out already. */
  readonly settledBeforeClaim: string;
  /** Another transaction spent one of the inputs. */
  readonly superseded: string;
  /** The TTL passed and the transaction is not on the ledger. */
  readonly expired: string;
  /** The transaction was included, its scripts failed, and it paid nothing. */
  readonly scriptFailed: string;
  readonly scripts: {
    /** The scripts could not be run within the time that there is for them here. */
    readonly tooExpensive: string;
    /** Too many payments with scripts wait already. */
    readonly unavailable: string;
  };
  readonly screening: {
    /** This facilitator does not serve one of the parties. */
    readonly denied: string;
    /** Whether it serves them cannot be found out now. */
    readonly unavailable: string;
  };
  readonly sponsorship: {
    /** The state of the reservation cannot be read now. */
    readonly unavailable: string;
    readonly unknown: string;
    readonly expired: string;
    readonly used: string;
    readonly mismatch: string;
  };
};

/** What requirements ask for. */
export type RequiredPayment = {
  readonly network: Network;
  readonly payTo: ShelleyAddress;
  readonly asset: AssetId;
  /** Atomic units of `asset`. */
  readonly amount: bigint;
  /** Whether the facilitator may pay its fee, or why not. */
  readonly sponsorable: Result<undefined, string>;
};

/** A request whose rules all hold, but for those that need its transaction or the chain. */
export type RequestStep = TransactionRequest | CommitmentRequest;

/** A request whose rules all hold, but for those that need its decoded transaction. */
export type TransactionRequest = {
  readonly kind: 'transaction';
  readonly network: Network;
  /** Decodes the transaction. */
  decode(facts: NetworkFacts): Result<TransactionStep, Refusal>;
};

/** A decoded transaction that no rule has judged yet. */
export type TransactionStep = {
  readonly txHash: TxHash;
  readonly inputs: readonly OutRefKey[];
  /** Identifies terms that only one transaction may ever pay, lowercase hex. */
  readonly termsDigest?: string | undefined;
  /** The facilitator's reservation that the payment names. */
  readonly sponsorshipId?: string | undefined;
  /** Verifies the signatures in other threads, so that `check` need not do it in this one. */
  verifySignatures(): Promise<void>;
  /** Judges all that can be judged without the outputs that the transaction spends. */
  check(facts: TransactionCheckFacts): Result<OutputsStep | BroadcastStep, Refusal>;
};

/** What is known here about a transaction. */
export type TransactionCheckFacts = {
  /** POSIX milliseconds. */
  readonly nowMs: number;
  /**
   * Given when this facilitator has broadcast exactly this transaction. Its TTL and inputs are not judged again: the ledger
   * decides. The settlement's record says who paid.
   */
  readonly broadcast?: { readonly payer: string } | undefined;
  /** The transaction that `termsDigest` is bound to, if any is. */
  readonly termsBoundTo?: TxHash | undefined;
  /** What is known about the reservation that `sponsorshipId` names; left out, it counts as unknown. */
  readonly sponsorship?: SponsorshipFact | undefined;
};

/** A transaction that was broadcast here, and pays what the request asks for. */
export type BroadcastStep = { readonly kind: 'broadcast'; readonly payment: AcceptedPayment };

/** A payment whose rules all hold, but for those that need the chain's outputs. */
export type OutputsStep = {
  readonly kind: 'outputs';
  readonly needs: {
    /**
     * The outputs that it wants facts about, each once, in the order in which to look them up. At the first one that is not
     * unspent the look-ups may end.
     */
    readonly outputs: readonly OutRef[];
    /** The asset that it wants a fact about. */
    readonly asset?: AssetId | undefined;
    /** What it wants to be followed to where it is now. */
    readonly followed?: Followed | undefined;
    /** Whether scripts will have to run. Where there is no room for them now, the rest need not be judged. */
    readonly scripts?: boolean | undefined;
  };
  /** Judges all but the ledger's own check. */
  check(facts: OutputsCheckFacts): Result<LedgerStep, Refusal>;
};

/** An input of a transaction that another payment in flight holds. */
export type ReservedInput = { readonly input: OutRefKey; readonly heldBy: TxHash };

/** What the chain says about a payment. */
export type OutputsCheckFacts = {
  /** Facts about `needs.outputs`; what is left out counts as unknown. */
  readonly outputs: OutputFacts;
  /** The fact about `needs.asset`; left out, it counts as unknown. */
  readonly asset?: AssetFact | undefined;
  /** The fact about `needs.followed`; left out, it counts as unknown. */
  readonly followed?: FollowedFact | undefined;
  readonly reservedInput?: ReservedInput | undefined;
  /** POSIX milliseconds. */
  readonly nowMs: number;
};

/** Something that moves from output to output, each time that a transaction spends it. */
export type Followed = {
  readonly from: OutRef;
  /** Which of the outputs that a transaction made, in their order, continues the one that it spent; `undefined`: it ended there. */
  next(spent: ChainOutput, created: readonly ChainOutput[]): ChainOutput | undefined;
};

/** A request without a transaction, whose rules all hold but for those that need the chain. */
export type CommitmentRequest = {
  readonly kind: 'commitment';
  readonly network: Network;
  readonly needs: { readonly followed: Followed };
  /** The verdict of the rules, on what the chain says of the followed output. */
  check(facts: {
    readonly networkFacts: NetworkFacts;
    readonly followed: FollowedFact;
  }): Result<AcceptedCommitment, Refusal>;
};

/** What every rule accepts, and settles nothing by itself. */
export type AcceptedCommitment = {
  readonly kind: 'commitment';
  /** Name of its scheme. */
  readonly scheme: string;
  readonly network: Network;
  /** Who committed. */
  readonly payer: string;
  /** As `AcceptedPayment.otherParties`. */
  readonly otherParties?: readonly string[];
  /** What a valid answer says besides. */
  readonly extra: Readonly<Record<string, unknown>>;
};

/** A payment that the ledger has yet to judge. */
export type LedgerStep = {
  /**
   * What to ask about the scripts that it runs. They may take long, so a caller has them run in a thread that it can end.
   * Undefined where none runs, or none has to: phase 1 refuses it.
   */
  question(): Phase2Question | undefined;
  /**
   * The verdict of the ledger's rules.
   *
   * @param answer to `question`; left out, the scripts run in this thread.
   */
  judge(answer?: Phase2Outcome): Verdict;
  /**
   * What the ledger's check alone says, for another judge to be compared with.
   *
   * @param answer to `question`, where it asked one.
   * @returns undefined where the policy asks no ledger, or an answer is missing.
   */
  opinion(answer?: Phase2Outcome): LedgerOpinion | undefined;
};

/** What a judge of the ledger is given, and what ours says. */
export type LedgerOpinion = {
  readonly input: LedgerInput;
  readonly timeline: Timeline;
  /** None for a transaction that it accepts. */
  readonly failures: readonly LedgerFailure[];
};

/** The outcome of a payment's verification. */
export type Verdict = Result<AcceptedPayment, Refusal>;

/** What a verification accepts: a payment to settle, or a commitment that settles nothing by itself. */
export type Accepted = AcceptedPayment | AcceptedCommitment;

/** What the transaction of a settlement is for. */
export type SettlementKind = 'payment' | 'deposit' | 'claim' | 'refund';

/** A payment that every rule accepts: what claiming, sending and following it needs, for any scheme. */
export type AcceptedPayment = {
  /** Name of its scheme. */
  readonly scheme: string;
  readonly kind: SettlementKind;
  readonly network: Network;
  readonly txHash: TxHash;
  /** The address that pays, bech32 (base58 for Byron). */
  readonly payer: string;
  /** bech32, exactly as required. */
  readonly payTo: string;
  readonly asset: AssetId;
  /** Atomic units of `asset`, as required. */
  readonly amount: bigint;
  /** What the transaction spends, in its order. */
  readonly inputs: readonly OutRefKey[];
  /** The first slot in which the transaction can no longer be included; `undefined`: none. */
  readonly ttl: Slot | undefined;
  readonly fee: Lovelace;
  /** -1 (mempool evidence) to 20. */
  readonly requiredConfirmations: number;
  /** The signed transaction. */
  readonly bytes: Uint8Array;
  /** Whether it runs scripts, which may fail and leave it without effect. */
  readonly hasScripts: boolean;
  /** The scheme's own label of how it is paid, one of `Scheme.methods`. */
  readonly method: string;
  /** Terms that only one transaction may ever pay, lowercase hex: a part of the settlement's claim. */
  readonly termsDigest?: string;
  /** Who takes part besides the payer, `payTo` and the owners of addresses in the transaction: addresses, or credentials as hex. */
  readonly otherParties?: readonly string[];
  /** The facilitator's part of the cost; its witness is still missing then. */
  readonly sponsorship?: SponsoredCost;
  /** What a valid answer says besides. */
  readonly extra?: Readonly<Record<string, unknown>>;
  /** What the answer of its success says, where that is more than the payment. */
  readonly success?: PaymentSuccess;
  /** What it leaves in channels, where it moves money into, across or out of them. */
  readonly channels?: readonly ChannelChange[];
  /** How it is refused while another payment in flight holds one of its inputs; unset: by its scheme's `inputReserved`. */
  readonly whenHeld?: Pick<Refusal, 'code' | 'retryable'>;
  /** Why it is good and cannot be settled as it is: somebody has yet to sign. */
  readonly unsettleable?: Pick<Refusal, 'code' | 'message'>;
};

/** What a transaction does to a channel's money. Units of `asset`. */
export type ChannelChange = {
  readonly channelId: string;
  readonly asset: AssetId;
  /** What the channel held; 0 before it is opened. */
  readonly before: bigint;
  /** What it holds then; 0 once it has ended, or nothing more can be claimed. */
  readonly after: bigint;
};

/** What the answer of a success says. */
export type PaymentSuccess = {
  /** Atomic units, decimal. Unset: it names no amount. */
  readonly amount?: string;
  readonly extra: Readonly<Record<string, unknown>>;
};
