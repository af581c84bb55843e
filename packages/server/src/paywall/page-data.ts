import type { PaymentRequirements } from '@x402/core/types';
import type { AssetLabels } from './amount.js';
import type { Messages } from './messages/fill.js';

/** The protocol parameters that a payment costs by. Amounts in lovelace, sizes in bytes. */
export type PaymentCosts = {
  readonly minFeePerByte: number;
  readonly minFeeConstant: number;
  readonly coinsPerUtxoByte: number;
  readonly maxTransactionBytes: number;
  readonly maxValueBytes: number;
};

/** What the page's script is told. */
export type PageData = {
  /** What can be paid, in the order in which it is shown. */
  readonly accepts: readonly PaymentRequirements[];
  readonly language: string;
  readonly messages: Messages;
  readonly labels: AssetLabels;
  readonly costs: PaymentCosts;
};
