import type { ChannelCase } from './case.js';
import { CHANNEL_CASES as FOLLOWED_CASES } from './channel-cases.js';
import { CLAIM_CASES } from './claim-cases.js';
import { DEPOSIT_CASES } from './deposit-cases.js';
import { ENVELOPE_CASES } from './envelope-cases.js';
import { REFUND_CASES } from './refund-cases.js';
import { TRANSACTION_CASES } from './transaction-cases.js';

/** Every situation of a request about channels; each starts from one that is good but for it. */
export const CHANNEL_CASES: readonly ChannelCase[] = [
  ...ENVELOPE_CASES,
  ...TRANSACTION_CASES,
  ...FOLLOWED_CASES,
  ...DEPOSIT_CASES,
  ...REFUND_CASES,
  ...CLAIM_CASES,
];
