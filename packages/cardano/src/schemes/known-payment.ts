import type { NetworkFacts, OutputFacts } from '../ledger/facts/index.js';
import type { Network } from '../ledger/network/index.js';
import type { VerificationPolicy } from './policy.js';
import type { PaymentRequest } from './request.js';

/**
 * A payment whose verdict is known, with every fact that judging it takes. Nothing of it is on any chain. A facilitator
 * verifies such payments to see that it can.
 */
export type KnownPayment = {
  /** What kind of payment it is, for messages. */
  readonly name: string;
  readonly request: PaymentRequest;
  readonly networkFacts: NetworkFacts;
  readonly outputs: OutputFacts;
  /** `accepted`, or the code that it must be refused with. */
  readonly expected: string;
  readonly runsScripts: boolean;
};

/** What known payments are made for. */
export type KnownPaymentSettings = {
  readonly network: Network;
  readonly policy: VerificationPolicy;
  /** POSIX milliseconds at which they are made. A judge whose clock differs by half a minute refuses them. */
  readonly nowMs: number;
};

/** `KnownPayment.expected` of a payment that is good. */
export const ACCEPTED = 'accepted';
