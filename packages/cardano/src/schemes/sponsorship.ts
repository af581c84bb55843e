import type { ShelleyAddress } from '../ledger/address/index.js';
import type { OutRef, OutRefKey } from '../ledger/primitives/out-ref.js';
import type { TxHash } from '../ledger/primitives/tx-hash.js';

/** An output of the facilitator's wallet that one payer may spend. Amounts in lovelace. */
export type SponsoredInput = {
  readonly outRef: OutRef;
  readonly lovelace: bigint;
  /** The wallet's own address; nothing else behind its payment key may be spent. */
  readonly changeAddress: ShelleyAddress;
  readonly maxFeeLovelace: bigint;
  /** The most that is lent to the paying output of a token; 0 for a payment in ada. */
  readonly minAdaLovelace: bigint;
  /** The payer's address. */
  readonly payer: string;
};

/** What is known about the reservation that a payment names. */
export type SponsorshipFact =
  | { readonly kind: 'reserved'; readonly input: SponsoredInput }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'expired' }
  /** Another transaction has it. */
  | { readonly kind: 'used'; readonly by: TxHash }
  /** Its state cannot be read now. */
  | { readonly kind: 'unavailable'; readonly reason: string };

/** A reservation with the payment that uses it, and what the payment costs the facilitator. */
export type SponsorshipUse = {
  readonly id: string;
  readonly input: SponsoredInput;
  /** The place of the change among the outputs. */
  readonly changeIndex: number;
  /** The facilitator's part of the fee; the payer may pay the rest. */
  readonly feeLovelace: bigint;
  /** Lovelace beyond the fee that stays in the paying output. */
  readonly lentLovelace: bigint;
};

/** What an accepted payment says about its sponsorship. */
export type SponsoredCost = Pick<SponsorshipUse, 'id' | 'changeIndex' | 'feeLovelace' | 'lentLovelace'> & {
  readonly output: OutRefKey;
  /** The lowercase hex hash of the key whose signature the transaction lacks. */
  readonly signer: string;
};
