import type { Assets, LucidEvolution, TxSigned, UTxO } from '@lucid-evolution/lucid';
import type { PaymentRequirements } from '@x402/core/types';

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
  /** POSIX milliseconds after which the transaction can no longer land. */
  readonly validToMs: number;
  /** The facilitator's reservation that pays the fee; the payer pays it itself when there is none. */
  readonly sponsorshipId?: string;
};

/** Room for the clocks of payer and facilitator to differ: the TTL must not lie beyond what the facilitator allows. */
export const CLOCK_MARGIN_MS = 10_000;

/**
 * Builds and signs a payment of exactly what is asked to exactly who asks, to be submitted by somebody else.
 *
 * A payment in a native token carries the ADA that its output must hold besides; the builder works that out. A price
 * in ADA below what an output must hold is refused: the ledger has no smaller output, and paying more was not asked.
 *
 * @throws Error when the method is not plain payment or the available UTxOs do not cover it.
 */
export async function buildPayment(options: {
  readonly lucid: LucidEvolution;
  readonly address: string;
  /** UTxOs of the wallet that may be spent. */
  readonly available: UTxO[];
  readonly requirements: PaymentRequirements;
  readonly now: () => number;
}): Promise<SignedPayment> {
  const { lucid, address, available, requirements } = options;
  const { payTo, asset, amount, maxTimeoutSeconds } = requirements;
  assertPlainPayment(requirements);
  if (available.length === 0)
    throw new Error(`${address} has no UTxO that is not already used by a payment under way`);

  const validToMs = options.now() + maxTimeoutSeconds * 1000 - CLOCK_MARGIN_MS;
  const unsigned = await lucid
    .newTx()
    .pay.ToAddress(payTo, assetsOf(asset, amount))
    .validTo(validToMs)
    .complete({ presetWalletInputs: available });
  const signed = await unsigned.sign.withWallet().complete();

  const paid = signed.toTransaction().body().outputs().get(0).amount().coin();
  if (asset === 'lovelace' && paid !== BigInt(amount))
    throw new Error(`a price of ${amount} lovelace cannot be paid: an output must hold at least ${paid}`);
  return signedPayment(signed, { validToMs });
}

/** Only the plain method can be paid without knowing a contract. */
export function assertPlainPayment({ extra }: PaymentRequirements): void {
  const method: unknown = extra.assetTransferMethod ?? 'default';
  if (method !== 'default') throw new Error(`expected the transfer method "default", found "${method}"`);
}

/** @param options.notNonce an input that is not the payer's. */
export function signedPayment(
  signed: TxSigned,
  options: { readonly validToMs: number; readonly notNonce?: string },
): SignedPayment {
  const body = signed.toTransaction().body();
  const inputs = Array.from({ length: body.inputs().len() }, (_, index) => {
    const input = body.inputs().get(index);
    return `${input.transaction_id().to_hex()}#${input.index()}`;
  });
  const nonce = inputs.find((input) => input !== options.notNonce);
  if (nonce === undefined) throw new Error('the builder made a transaction without inputs of the payer');
  return {
    transactionId: signed.toHash(),
    transactionBase64: Buffer.from(signed.toCBOR(), 'hex').toString('base64'),
    nonce,
    inputs,
    feeLovelace: body.fee(),
    validToMs: options.validToMs,
  };
}

/** Lucid runs policy id and asset name together. */
export function assetsOf(asset: string, amount: string): Assets {
  return { [asset.replace('.', '')]: BigInt(amount) };
}
