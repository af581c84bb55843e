import type { LucidEvolution, Provider } from '@lucid-evolution/lucid';
import type { PaymentRequirements } from '@x402/core/types';
import type { WalletKeys } from './addresses.js';
import { checkPayment } from './check-payment.js';
import { readTransaction } from './read-transaction.js';
import type { SpendLimits } from './spend-limits.js';

/** A payment that lacks only the wallet's signature. */
export type UnsignedPayment = {
  readonly cborHex: string;
  /** POSIX milliseconds after which the transaction can no longer be included. */
  readonly validToMs: number;
  /** The sponsor's output, when one is among the inputs. */
  readonly lent?: {
    readonly sponsorshipId: string;
    /** `txHash#index` */
    readonly input: string;
    readonly minAdaLovelace: bigint;
  };
};

/** A payment that is signed and not submitted. */
export type SignedPayment = {
  readonly transactionId: string;
  /** The signed transaction, as it goes into `payload.transaction`. */
  readonly transactionBase64: string;
  /** `txHash#index` of the input that makes this payment unique. */
  readonly nonce: string;
  /** Every input, `txHash#index`. */
  readonly inputs: readonly string[];
  readonly feeLovelace: bigint;
  /** POSIX milliseconds after which the transaction can no longer be included. */
  readonly validToMs: number;
  /** The facilitator's reservation that pays the fee. Without one the payer pays it. */
  readonly sponsorshipId?: string;
};

/**
 * The only access to the wallet's key. It signs only the bytes that were checked here, from any source.
 *
 * @throws RefusedPaymentError when they take more than the price explains or the limits allow.
 */
export async function signPayment(
  { cborHex, validToMs, lent }: UnsignedPayment,
  options: {
    readonly lucid: LucidEvolution;
    /** The payer's own provider, which knows the inputs' values. */
    readonly provider: Provider;
    readonly keys: WalletKeys;
    readonly requirements: PaymentRequirements;
    readonly limits: SpendLimits;
  },
): Promise<SignedPayment> {
  const { lucid, provider, keys, requirements, limits } = options;
  const costs = lucid.config().protocolParameters;
  if (costs === undefined) throw new Error('the protocol parameters are not known');
  const known = await provider.getUtxosByOutRef([...readTransaction(cborHex).inputs]);
  const ttl = BigInt(lucid.unixTimeToSlot(validToMs));
  const checked = checkPayment(cborHex, { requirements, keys, known, lent, limits, costs, ttl });

  const signed = await lucid.fromTx(cborHex).sign.withWallet().complete();
  const inputs = checked.inputs.map(({ txHash, outputIndex }) => `${txHash}#${outputIndex}`);
  const nonce = inputs.find((input) => input !== lent?.input);
  if (nonce === undefined) throw new Error('the builder made a transaction without inputs of the payer');
  return {
    transactionId: checked.id,
    transactionBase64: Buffer.from(signed.toCBOR(), 'hex').toString('base64'),
    nonce,
    inputs,
    feeLovelace: checked.feeLovelace,
    validToMs,
    ...(lent === undefined ? {} : { sponsorshipId: lent.sponsorshipId }),
  };
}
