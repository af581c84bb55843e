import type { SponsoredInput, SponsorshipFact, SponsorshipUse } from '../../../sponsorship.js';
import type {
  ChainFacts,
  PayerKnown,
  PaymentKnown,
  RequestFacts,
  TransactionFacts,
} from '../../facts/facts.js';
import type { MethodKnown } from '../../facts/transfer-method.js';

/** What the request's rule starts from: rules 1 to 10 of the scheme have passed. */
export type SponsorshipRequestFacts = RequestFacts & MethodKnown;

/** What the transaction's rules start from: rules 11 to 21 have passed. */
export type SponsorshipTransactionFacts = TransactionFacts &
  PaymentKnown & { readonly fact: SponsorshipFact };

/** The rule of the reservation. */
export type SponsoredInputKnown = { readonly sponsored: SponsoredInput };

/** The rule of the size. */
export type SizeKnown = Pick<SponsorshipUse, 'ledgerSize'>;

/** The rule of the change. */
export type CostKnown = Pick<SponsorshipUse, 'changeIndex' | 'feeLovelace' | 'lentLovelace'>;

/** What the chain's rules start from: rules 22 to 27 have passed. */
export type SponsorshipChainFacts = ChainFacts & PayerKnown & SponsoredInputKnown;
