import type { ProtocolParameters, Rational } from '../facts/protocol-parameters.js';
import { resolve } from './inputs-and-outputs.js';
import { type LedgerCheck, type LedgerInput, phase1 } from './outcome.js';

/** Conway prices reference scripts in tiers of this many bytes, each dearer than the one before by 6/5. */
const TIER_BYTES = 25_600n;
const TIER_GROWTH: Rational = { numerator: 6n, denominator: 5n };

function ceilDivide(numerator: bigint, denominator: bigint): bigint {
  return (numerator + denominator - 1n) / denominator;
}

/** The fee in lovelace for this many bytes of reference scripts (the ledger's `tierRefScriptFee`). */
export function referenceScriptFee(
  bytes: bigint,
  { referenceScriptCostPerByte }: ProtocolParameters,
): bigint {
  let { numerator: price, denominator } = referenceScriptCostPerByte;
  let sum = 0n;
  let left = bytes;
  for (; left >= TIER_BYTES; left -= TIER_BYTES) {
    // One common denominator for the sum and the price: it grows by 5 with each tier.
    sum = (sum + TIER_BYTES * price) * TIER_GROWTH.denominator;
    price *= TIER_GROWTH.numerator;
    denominator *= TIER_GROWTH.denominator;
  }
  return (sum + left * price) / denominator;
}

/** Bytes of all reference scripts on the outputs that are spent or referenced; one script on two outputs counts twice. */
export function referenceScriptBytes({
  transaction,
  outputs,
}: Pick<LedgerInput, 'transaction' | 'outputs'>): bigint {
  const visible = resolve([...transaction.inputs, ...transaction.referenceInputs], outputs);
  return visible.reduce(
    (sum, { referenceScript }) => sum + BigInt((referenceScript?.bytes.length ?? 0) / 2),
    0n,
  );
}

/** The price in lovelace of the execution units that the redeemers ask for. */
function executionFee({ transaction, parameters }: Pick<LedgerInput, 'transaction' | 'parameters'>): bigint {
  const { priceMemory, priceSteps } = parameters;
  let memory = 0n;
  let steps = 0n;
  for (const { budget } of transaction.redeemers) {
    memory += budget.memory;
    steps += budget.steps;
  }
  return ceilDivide(
    memory * priceMemory.numerator * priceSteps.denominator +
      steps * priceSteps.numerator * priceMemory.denominator,
    priceMemory.denominator * priceSteps.denominator,
  );
}

/** The least fee in lovelace that the ledger takes: for size, execution units and reference scripts. */
export function minimumFee(input: Pick<LedgerInput, 'transaction' | 'parameters' | 'outputs'>): bigint {
  const { transaction, parameters } = input;
  const sizeFee = parameters.minFeeConstant + parameters.minFeePerByte * BigInt(transaction.ledgerSize);
  return sizeFee + executionFee(input) + referenceScriptFee(referenceScriptBytes(input), parameters);
}

export const fee: LedgerCheck = (input) => {
  const minimum = minimumFee(input);
  if (input.transaction.fee >= minimum) return [];
  return [
    phase1(
      'FeeTooSmallUTxO',
      `expected a fee of at least ${minimum} lovelace, found ${input.transaction.fee}`,
    ),
  ];
};
