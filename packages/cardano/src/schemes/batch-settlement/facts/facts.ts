import type { FollowedFact } from '../../../ledger/facts/chain-facts.js';
import type { NetworkFacts, OutputFacts } from '../../../ledger/facts/index.js';
import type { Network } from '../../../ledger/network/network.js';
import type { LedgerFailure } from '../../../ledger/phase-1/outcome.js';
import type { Phase2Outcome } from '../../../ledger/phase-2/index.js';
import type { Transaction } from '../../../ledger/transaction/transaction.js';
import type { VerificationPolicy } from '../../policy.js';
import type { PaymentRequest } from '../../request.js';
import type { ReservedInput } from '../../scheme.js';
import type { Channel, ChannelStage } from '../channel/channel.js';
import type { BuyerPayload, ClaimPayload, DepositPayload, RefundPayload } from '../shapes/payload.js';
import type { ChannelTerms } from './terms.js';

/** What the rules on the request start from, without the chain. */
export type RequestFacts = { readonly request: PaymentRequest; readonly policy: VerificationPolicy };

export type NetworkKnown = { readonly network: Network };
export type TypeKnown = { readonly type: 'deposit' | 'voucher' | 'refund' | 'claim' };
export type PriceKnown = Pick<ChannelTerms, 'payTo' | 'asset' | 'amount' | 'maxTimeoutSeconds'>;
export type ExtraKnown = Omit<ChannelTerms, keyof PriceKnown>;
/** The buyer's payload, and the hash of its key. */
export type PayloadKnown<Payload = BuyerPayload> = { readonly payload: Payload; readonly payer: string };
export type ClaimKnown = { readonly payload: ClaimPayload };

/** What is known of every payment with a channel once its request is sound. */
export type BuyerFacts<Payload = BuyerPayload> = RequestFacts &
  NetworkKnown &
  PriceKnown &
  ExtraKnown &
  PayloadKnown<Payload>;

export type TransactionKnown = { readonly transaction: Transaction };

/** What the rules on a transaction need, whatever it is for. */
export type TransactionFacts = RequestFacts &
  NetworkKnown &
  TransactionKnown & { readonly networkFacts: NetworkFacts };

/** What the rules on what the chain holds need. */
export type OutputsKnown = {
  readonly outputs: OutputFacts;
  readonly reservedInput?: ReservedInput | undefined;
  /** POSIX milliseconds. */
  readonly nowMs: number;
};

/** What the ledger's check needs. */
export type LedgerFacts = TransactionFacts &
  OutputsKnown & {
    /** Hashes of the keys that are still to sign, lowercase hex. */
    readonly expectedSigners?: readonly string[] | undefined;
    /** What phase 1 says, where it was judged before. */
    readonly phase1?: readonly LedgerFailure[] | undefined;
    /** What running its scripts said, where that was done elsewhere. */
    readonly scripts?: Phase2Outcome | undefined;
  };

/** What following the channel from where the buyer last saw it found. */
export type FollowedKnown = { readonly followed: FollowedFact };

/** The channel at its current position. */
export type ChannelKnown = { readonly channel: Channel };

/** Where the channel is, and what was redeemed of it. */
export type PlaceKnown = { readonly channel: Pick<Channel, 'ref'> & ChannelStage };

/** The channel's output that a deposit makes, and how far an IOU may go on it. */
export type MadeKnown = { readonly made: Channel };
export type CapacityKnown = { readonly capacity: bigint };

export type OpeningFacts = BuyerFacts<DepositPayload> & TransactionFacts;
export type TopUpFacts = OpeningFacts & ChannelKnown;
export type RefundFacts = BuyerFacts<RefundPayload> & TransactionFacts & ChannelKnown;
export type ClaimFacts = TransactionFacts & ClaimKnown & OutputsKnown;
