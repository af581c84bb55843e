import type { LucidEvolution, TxSignBuilder, UTxO } from '@lucid-evolution/lucid';
import type { PaymentRequirements } from '@x402/core/types';
import { assetsOf } from './assets.js';
import { assertPlainPayment, CLOCK_MARGIN_MS } from './build-payment.js';
import type { FeeSponsorship } from './fee-sponsorship.js';
import { lentMinAda, minAdaOf } from './min-ada.js';
import type { UnsignedPayment } from './sign-payment.js';

const ATTEMPTS = 5;

type Order = {
  readonly lucid: LucidEvolution;
  /** UTxOs of the wallet that may be spent. */
  readonly available: UTxO[];
  readonly requirements: PaymentRequirements;
  readonly sponsorship: FeeSponsorship;
  /** The sponsor's output, as the payer's own provider knows it. */
  readonly lent: UTxO;
  readonly now: () => number;
};

/**
 * Builds a payment whose fee and min-ADA the facilitator pays. The facilitator's output is one of the inputs, and the
 * part of it that the payment does not need goes back. The facilitator's signature is missing until it settles the
 * payment.
 *
 * @throws Error when the method is not plain payment, the UTxOs hold too little of the asset, or the fee is larger than
 *   the facilitator pays.
 */
export async function buildSponsoredPayment(order: Order): Promise<UnsignedPayment> {
  const { lucid, available, requirements, sponsorship, lent } = order;
  const { payTo, asset, amount, maxTimeoutSeconds } = requirements;
  const { id: sponsorshipId, maxFeeLovelace, minAdaLovelace } = sponsorship;
  assertPlainPayment(requirements);
  const validToMs = order.now() + maxTimeoutSeconds * 1000 - CLOCK_MARGIN_MS;
  const build = (returnedLovelace: bigint) =>
    lucid
      .newTx()
      .collectFrom([lent])
      .pay.ToAddress(payTo, assetsOf(asset, amount))
      .pay.ToAddress(lent.address, { lovelace: returnedLovelace })
      .validTo(validToMs)
      .complete({ presetWalletInputs: available });

  // The cost is known only once it is built. The first attempt assumes the maximum, and the second usually fits.
  let returnedLovelace = lovelaceOf(lent) - maxFeeLovelace - minAdaLovelace;
  if (returnedLovelace <= 0n)
    throw new Error(
      `expected a lent output of more than ${maxFeeLovelace + minAdaLovelace} lovelace, which is what may be taken of ` +
        `it, found ${lovelaceOf(lent)}`,
    );
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const unsigned = await build(returnedLovelace);
    const owedLovelace = owedOf(unsigned, order);
    if (returnedLovelace === owedLovelace) {
      const input = `${lent.txHash}#${lent.outputIndex}`;
      return { cborHex: unsigned.toCBOR(), validToMs, lent: { sponsorshipId, input, minAdaLovelace } };
    }
    returnedLovelace = owedLovelace;
  }
  throw new Error('the fee depends on the amount that goes back: no fee fits');
}

/** The amount that this transaction must return to the facilitator. */
function owedOf(unsigned: TxSignBuilder, { lucid, requirements, sponsorship, lent }: Order): bigint {
  const { maxFeeLovelace, minAdaLovelace } = sponsorship;
  const coinsPerUtxoByte = lucid.config().protocolParameters?.coinsPerUtxoByte;
  if (coinsPerUtxoByte === undefined) throw new Error('the protocol parameters are not known');
  const body = unsigned.toTransaction().body();
  const fee = body.fee();
  if (fee > maxFeeLovelace)
    throw new Error(`the facilitator pays a fee of at most ${maxFeeLovelace} lovelace, this takes ${fee}`);
  const minAda = minAdaOf(body.outputs().get(0).to_cbor_bytes(), coinsPerUtxoByte);
  return lovelaceOf(lent) - fee - lentMinAda(requirements.asset, minAda, minAdaLovelace);
}

function lovelaceOf({ assets }: UTxO): bigint {
  return assets.lovelace ?? 0n;
}
