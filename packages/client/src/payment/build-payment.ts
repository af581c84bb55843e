import {
  LOVELACE,
  leastLovelaceOf,
  type NewOutput,
  type OutRefKey,
  outRefKey,
  quantityOf,
} from '@x402-facilitator/cardano/ledger';
import type { CostParameters, WalletOutput } from '../chain/index.js';
import {
  type BuildFailure,
  type BuiltTransaction,
  buildTransaction,
  bytesOfAddress,
} from '../transaction/index.js';
import {
  type FacilitatorsOutput,
  isOfferedOutput,
  type LentOutput,
  type OfferedOutput,
} from './lent-output.js';
import { NotEnoughAdaError } from './not-enough-ada-error.js';
import { payingOutput, type Terms } from './terms.js';

export type PaymentOrder = {
  readonly terms: Terms;
  /** The wallet's address. */
  readonly address: string;
  /** Outputs of the wallet that may be spent. */
  readonly available: readonly WalletOutput[];
  /** These must be spent: the payment then excludes every earlier one that spends them too. */
  readonly mustSpend?: ReadonlySet<OutRefKey> | undefined;
  /** The sponsor's output, where one pays the fee. */
  readonly lent?: LentOutput | undefined;
  readonly ttl: number;
  readonly parameters: CostParameters;
};

/**
 * Builds a payment of exactly the price to the seller. The facilitator submits it. A payment in a token also carries the
 * ADA that its output must hold.
 *
 * With a sponsor, its output is one of the inputs. What the payment does not need of it goes back; of a seller's, to `payTo`.
 *
 * @throws NotEnoughAdaError when the outputs hold the price, but too little ADA in addition.
 * @throws Error when they do not cover the price, or the sponsor pays less than the fee.
 */
export function buildPayment(order: PaymentOrder): BuiltTransaction {
  const { terms, address, available, lent, parameters, ttl } = order;
  if (available.length === 0)
    throw new Error(`${address} has no UTxO that is not already used by a payment in flight`);
  const paying = withMinAda(terms, parameters.coinsPerUtxoByte);
  const own = order.mustSpend === undefined ? [] : excluding(order.mustSpend, available);
  const built = buildTransaction({
    outputs: (fee) => outputsOf(paying, lent, fee, terms),
    // The seller pays for what outputs must hold, too: no ADA is added to what the tokens came with.
    available: isOfferedOutput(lent)
      ? available.filter((output) => quantityOf(output, terms.asset) > 0n)
      : available,
    required: lent === undefined ? own : [lent.output, ...own],
    change: bytesOfAddress(address),
    ttl,
    parameters,
  });
  if (!built.ok) throw failureOf(built.error, terms);
  if (lent !== undefined && built.value.fee > lent.maxFeeLovelace)
    throw new Error(
      `the ${isOfferedOutput(lent) ? 'seller' : 'facilitator'} pays a fee of at most ${lent.maxFeeLovelace} lovelace, this takes ${built.value.fee}`,
    );
  return built.value;
}

function excluding(
  inputs: ReadonlySet<OutRefKey>,
  available: readonly WalletOutput[],
): readonly WalletOutput[] {
  const found = available.filter(({ outRef }) => inputs.has(outRefKey(outRef)));
  if (found.length < inputs.size)
    throw new Error('expected the inputs of the earlier payment to be there still, found some of them spent');
  return found;
}

function withMinAda(terms: Terms, coinsPerUtxoByte: bigint): NewOutput {
  const paying = payingOutput(terms);
  if (terms.lock !== undefined) return paying;
  const least = leastLovelaceOf(paying, { coinsPerUtxoByte });
  if (terms.asset !== LOVELACE) return { ...paying, value: { ...paying.value, lovelace: least } };
  if (terms.amount < least)
    throw new Error(
      `a price of ${terms.amount} lovelace cannot be paid: an output must hold at least ${least}`,
    );
  return paying;
}

function outputsOf(
  paying: NewOutput,
  lent: LentOutput | undefined,
  fee: bigint,
  terms: Terms,
): readonly NewOutput[] {
  if (lent === undefined) return [paying];
  return isOfferedOutput(lent) ? [withRest(paying, lent, fee)] : [paying, returned(lent, fee, paying, terms)];
}

/** The price with all that the seller lent, less the fee. */
function withRest(paying: NewOutput, { output }: OfferedOutput, fee: bigint): NewOutput {
  const lovelace = output.lovelace - fee;
  if (lovelace < paying.value.lovelace)
    throw new Error(
      `expected the seller to lend the fee and the ${paying.value.lovelace} lovelace that must go with the price, found ${output.lovelace} lovelace`,
    );
  return { ...paying, value: { ...paying.value, lovelace } };
}

/** What goes back to the sponsor: what it lent, less the fee and its part of the paying output. */
function returned(lent: FacilitatorsOutput, fee: bigint, paying: NewOutput, terms: Terms): NewOutput {
  const { maxFeeLovelace, minAdaLovelace, output } = lent;
  if (output.lovelace <= maxFeeLovelace + minAdaLovelace)
    throw new Error(
      `expected a lent output of more than ${maxFeeLovelace + minAdaLovelace} lovelace, which is what may be taken of ` +
        `it, found ${output.lovelace}`,
    );
  const stays = terms.asset === LOVELACE ? 0n : smaller(paying.value.lovelace, minAdaLovelace);
  const back = output.lovelace - fee - stays;
  return { address: bytesOfAddress(output.address), value: { lovelace: back, assets: new Map() } };
}

const smaller = (left: bigint, right: bigint) => (left < right ? left : right);

function failureOf(failure: BuildFailure, { amount, asset }: Terms): Error {
  switch (failure.kind) {
    case 'too little':
      return new Error(
        `the wallet does not have enough funds: expected ${failure.wanted} ${failure.asset}, found ${failure.held}`,
      );
    case 'too little ada':
      return new NotEnoughAdaError(
        `the wallet holds the price, ${amount} ${asset}, but not enough ADA for the fee and for what outputs must hold`,
      );
    case 'too large':
      return new Error(
        `the wallet does not have enough funds in large outputs: the transaction would take ${failure.bytes} bytes, and ` +
          `the ledger takes ${failure.most}`,
      );
  }
}
