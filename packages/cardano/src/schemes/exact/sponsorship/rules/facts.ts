import type { SponsoredInput, SponsorshipFact, SponsorshipUse } from '../../../sponsorship.js';
import type {
  AwaitedWitness,
  ChainFacts,
  PayerKnown,
  PaymentKnown,
  RequestFacts,
  TransactionFacts,
} from '../../facts/facts.js';
import type { MethodKnown } from '../../facts/transfer-method.js';

/** What the request's rule starts from: the scheme's rules on the request have passed. */
export type SponsorshipRequestFacts = RequestFacts & MethodKnown;

/** What the transaction's rules start from: the scheme's rules on the transaction have passed. */
export type SponsorshipTransactionFacts = TransactionFacts &
  PaymentKnown & { readonly fact: SponsorshipFact };

/** The rule of the reservation. */
export type SponsoredInputKnown = { readonly sponsored: SponsoredInput };

/** The rule of the size. */
export type SizeKnown = Pick<AwaitedWitness, 'ledgerSize'>;

/** The rule of the change. */
export type CostKnown = Pick<SponsorshipUse, 'changeIndex' | 'feeLovelace' | 'lentLovelace'>;

/** What the chain's rules start from: the scheme's rules on the outputs have passed. */
export type SponsorshipChainFacts = ChainFacts & PayerKnown & SponsoredInputKnown;
