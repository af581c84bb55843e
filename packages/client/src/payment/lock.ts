import type { PaymentRequirements } from '@x402/core/types';
import { parseAddress, type TransactionOutput } from '@x402-facilitator/cardano/ledger';
import type { ChainReader, CostParameters } from '../chain/index.js';
import type { Terms } from './terms.js';

/** What goes into Masumi's escrow for a price, and what the finished transaction is held against. */
export type Lock = {
  /** CBOR of the datum that the output must carry inline. */
  readonly datum: Uint8Array;
  /** What the output must hold, exactly. */
  readonly lovelace: bigint;
  /** The part of it that is not the price. */
  readonly collateralLovelace: bigint;
  /** Of the buyer's payment key, in lowercase hex: it must own what pays. */
  readonly buyerKeyHash: string;
  /** The seller's deadline, in POSIX milliseconds. */
  readonly payByMs: number;
  /**
   * Checks the output of a finished transaction that ends at this slot.
   *
   * @throws RefusedPaymentError
   */
  assertIn(output: TransactionOutput, ttl: number, costs: CostParameters): void;
};

/** What a lock is made with, and what the terms are held against. */
export type LockContext = {
  readonly chain: ChainReader;
  readonly costs: CostParameters;
  /** The wallet's address. */
  readonly address: string;
  /** What is bought. */
  readonly request: { readonly url: string; readonly body: Uint8Array } | undefined;
  readonly nowMs: number;
};

/** The `masumi` transfer method, which `masumi()` of `@x402-facilitator/client/masumi` makes. */
export type MasumiMethod = {
  /**
   * Checks a seller's Masumi terms, makes the lock that pays them, and asks the application.
   *
   * @throws RefusedPaymentError
   */
  lockFor(
    requirements: PaymentRequirements,
    price: Pick<Terms, 'asset' | 'amount' | 'payTo'>,
    context: LockContext,
  ): Promise<Lock>;
};

/** Whether a price is to be paid into Masumi's escrow. */
export const isMasumi = ({ extra }: PaymentRequirements): boolean => extra.assetTransferMethod === 'masumi';

/** Who sells: the address that is paid, which in Masumi's escrow is everyone's. */
export function sellerIn(requirements: PaymentRequirements): string {
  const terms: unknown = isMasumi(requirements) ? requirements.extra.terms : undefined;
  const seller: unknown =
    typeof terms === 'object' && terms !== null ? Reflect.get(terms, 'sellerAddress') : undefined;
  return typeof seller === 'string' ? seller : requirements.payTo;
}

/** Whether an output is behind the buyer's own key. */
export function isOfBuyer({ buyerKeyHash }: Lock, address: string): boolean {
  const parsed = parseAddress(address);
  return parsed.ok && parsed.value.kind === 'shelley' && parsed.value.payment.hash === buyerKeyHash;
}
