import type { PaymentRequest, VerificationPolicy } from '@x402-facilitator/cardano';
import type { RefusalCode, Rule } from '../support/internals.js';
import { type PaymentChanges, paymentOn } from '../support/payment.js';
import type { World } from '../support/world.js';

/** A situation and what every judge must say of it. */
export type Case = {
  /** The rule that it is about. */
  readonly rule: Rule;
  readonly situation: string;
  readonly expect: 'verified' | RefusalCode;
  /** What the message must name, where the code alone could mean something else. */
  readonly because?: string;
  readonly payment: (world: World) => Promise<PaymentRequest>;
  /** How the deployment must differ from the usual for it. */
  readonly policy?: Partial<VerificationPolicy>;
  /** The protocol version that the network must run for it, where it is not the usual one. */
  readonly protocolVersion?: number;
};

type Expectation = Pick<Case, 'rule' | 'expect'> &
  Pick<Partial<Case>, 'because' | 'policy' | 'protocolVersion'>;
type Changes = PaymentChanges | ((world: World) => Promise<PaymentChanges>);

/** Cases of one rule and outcome, by situation. */
export function cases(expectation: Expectation, situations: Readonly<Record<string, Changes>>): Case[] {
  return Object.entries(situations).map(([situation, changes]) => ({
    ...expectation,
    situation,
    payment: async (world) =>
      paymentOn(world, typeof changes === 'function' ? await changes(world) : changes),
  }));
}
