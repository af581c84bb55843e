import type { ProtocolParameters, Rational } from '../facts/protocol-parameters.js';
import { resolve } from './inputs-and-outputs.js';
import { type LedgerInput, phase1 } from './outcome.js';
import type { Phase1Rule } from './rule.js';

/**
 * Reference scripts are priced in tiers of this many bytes, each dearer than the one before by this factor. Constants of
 * Conway's ledger; protocol parameters from protocol version 12 on.
 */
const TIER_BYTES = 25_600;
const TIER_GROWTH: Rational = { numerator: 6n, denominator: 5n };

function ceilDivide(numerator: bigint, denominator: bigint): bigint {
  return (numerator + denominator - 1n) / denominator;
}

/** The fee in lovelace for this many bytes of reference scripts (the ledger's `tierRefScriptFee`). */
export function referenceScriptFee(
  bytes: bigint,
  {
    referenceScriptCostPerByte,
    referenceScriptTierBytes = TIER_BYTES,
    referenceScriptTierGrowth: growth = TIER_GROWTH,
  }: ProtocolParameters,
): bigint {
  const tier = BigInt(referenceScriptTierBytes);
  let { numerator: price, denominator } = referenceScriptCostPerByte;
  let sum = 0n;
  let left = bytes;
  for (; left >= tier; left -= tier) {
    // One common denominator for the sum and the price: it grows with each tier.
    sum = (sum + tier * price) * growth.denominator;
    price *= growth.numerator;
    denominator *= growth.denominator;
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

/**
 * The least fee in lovelace that the ledger takes: for size, execution units and reference scripts.
 *
 * @example
 * if (transaction.fee < minimumFee({ transaction, parameters, outputs })) throw new Error('the fee is too small');
 */
export function minimumFee(input: Pick<LedgerInput, 'transaction' | 'parameters' | 'outputs'>): bigint {
  const { transaction, parameters } = input;
  const sizeFee = parameters.minFeeConstant + parameters.minFeePerByte * BigInt(transaction.ledgerSize);
  return sizeFee + executionFee(input) + referenceScriptFee(referenceScriptBytes(input), parameters);
}

export const fee: Phase1Rule = {
  name: 'the fee covers size, execution and reference scripts',
  predicates: ['FeeTooSmallUTxO'],
  source: 'Babbage Utxo `feesOK`; Conway Tx `getConwayMinFeeTx`, `tierRefScriptFee`',
  check(facts) {
    const minimum = minimumFee(facts);
    const found = facts.transaction.fee;
    if (found >= minimum) return [];
    return [phase1('FeeTooSmallUTxO', `expected a fee of at least ${minimum} lovelace, found ${found}`)];
  },
};
