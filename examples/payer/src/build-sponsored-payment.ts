import type { LucidEvolution, TxSignBuilder, UTxO } from '@lucid-evolution/lucid';
import type { PaymentRequirements } from '@x402/core/types';
import {
  assertPlainPayment,
  assetsOf,
  CLOCK_MARGIN_MS,
  type SignedPayment,
  signedPayment,
} from './build-payment.js';
import type { FeeSponsorship } from './fee-sponsorship.js';

/** What an output's entry in the ledger's map takes besides the output itself (CIP-55). */
const ENTRY_BYTES = 160n;
const ATTEMPTS = 5;

/**
 * Builds and signs a payment whose fee, and the ADA that a token must travel with, the facilitator pays: its output is
 * one of the inputs, and what the payment does not need of it goes back. The facilitator's own signature is missing; it
 * adds it when it settles.
 *
 * @throws Error when the method is not plain payment, the UTxOs hold too little of the asset, or the fee is larger than
 *   the facilitator pays.
 */
export async function buildSponsoredPayment(options: {
  readonly lucid: LucidEvolution;
  readonly address: string;
  /** UTxOs of the wallet that may be spent. */
  readonly available: UTxO[];
  readonly requirements: PaymentRequirements;
  readonly sponsorship: FeeSponsorship;
  readonly now: () => number;
}): Promise<SignedPayment> {
  const { lucid, available, requirements, sponsorship } = options;
  const { payTo, asset, amount, maxTimeoutSeconds } = requirements;
  const { input, changeAddress, maxFeeLovelace, minAdaLovelace } = sponsorship;
  assertPlainPayment(requirements);
  const validToMs = options.now() + maxTimeoutSeconds * 1000 - CLOCK_MARGIN_MS;
  const lent: UTxO = {
    txHash: input.transaction,
    outputIndex: input.index,
    address: input.address,
    assets: { lovelace: input.lovelace },
  };
  const build = (returnedLovelace: bigint) =>
    lucid
      .newTx()
      .collectFrom([lent])
      .pay.ToAddress(payTo, assetsOf(asset, amount))
      .pay.ToAddress(changeAddress, { lovelace: returnedLovelace })
      .validTo(validToMs)
      .complete({ presetWalletInputs: available });

  // What it takes is known once it is built: begun with the most that may be taken, the second attempt is usually it.
  let returnedLovelace = input.lovelace - maxFeeLovelace - minAdaLovelace;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const unsigned = await build(returnedLovelace);
    const owedLovelace = owedOf(unsigned, options);
    if (returnedLovelace === owedLovelace) {
      const signed = await unsigned.sign.withWallet().complete();
      const payment = signedPayment(signed, { validToMs, notNonce: `${input.transaction}#${input.index}` });
      return { ...payment, sponsorshipId: sponsorship.id };
    }
    returnedLovelace = owedLovelace;
  }
  throw new Error('the fee of the transaction depends on what it returns: no fee fits');
}

/** What must go back to the facilitator of a transaction as it stands. */
function owedOf(
  unsigned: TxSignBuilder,
  {
    lucid,
    requirements: { asset },
    sponsorship: { input, maxFeeLovelace, minAdaLovelace },
  }: Pick<Parameters<typeof buildSponsoredPayment>[0], 'lucid' | 'requirements' | 'sponsorship'>,
): bigint {
  const body = unsigned.toTransaction().body();
  const fee = body.fee();
  if (fee > maxFeeLovelace)
    throw new Error(`the facilitator pays a fee of at most ${maxFeeLovelace} lovelace, this takes ${fee}`);
  if (asset === 'lovelace') return input.lovelace - fee;
  return input.lovelace - fee - minimumOf(body.outputs().get(0).to_cbor_bytes(), lucid, minAdaLovelace);
}

/** What may stay in the paying output: what the ledger demands of it, as far as the facilitator lends it. */
function minimumOf(payingOutput: Uint8Array, lucid: LucidEvolution, minAdaLovelace: bigint): bigint {
  const coinsPerUtxoByte = lucid.config().protocolParameters?.coinsPerUtxoByte;
  if (coinsPerUtxoByte === undefined) throw new Error('the protocol parameters are not known');
  const minimum = (ENTRY_BYTES + BigInt(payingOutput.length)) * BigInt(coinsPerUtxoByte);
  return minimum < minAdaLovelace ? minimum : minAdaLovelace;
}
