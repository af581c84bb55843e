import type { ProtocolParameters } from '@x402-facilitator/cardano/ledger';
import { z } from 'zod';
import { count, integer } from './schemas.js';

const DECIMAL = /^(\d+)(?:\.(\d+))?(?:e([+-]?\d{1,2}))?$/i;

/** The exact fraction of a decimal that travels as a JSON number: `0.0577` is 577/10000. */
const rational = z.number().transform((value, context) => {
  const match = DECIMAL.exec(String(value));
  if (match === null) {
    context.addIssue({ code: 'custom', message: 'expected a non-negative decimal' });
    return z.NEVER;
  }
  const [, whole = '', fraction = '', exponent = '0'] = match;
  const digits = BigInt(whole + fraction);
  const power = Number(exponent) - fraction.length;
  return power >= 0
    ? { numerator: digits * 10n ** BigInt(power), denominator: 1n }
    : { numerator: digits, denominator: 10n ** BigInt(-power) };
});
const costModel = z.array(z.number().refine(Number.isInteger, 'expected an integer')).optional();

/** The parameters that Blockfrost and Koios give under the same names. */
export const ledgerParameters = {
  min_fee_a: count.transform(BigInt),
  min_fee_b: count.transform(BigInt),
  coins_per_utxo_size: integer,
  max_tx_size: count,
  max_val_size: integer.transform(Number),
  collateral_percent: count,
  max_collateral_inputs: count,
  price_mem: rational,
  price_step: rational,
  max_tx_ex_mem: integer,
  max_tx_ex_steps: integer,
  min_fee_ref_script_cost_per_byte: rational,
};

/** In the ledger's order, by the languages' own names. */
export const costModels = z.object({ PlutusV1: costModel, PlutusV2: costModel, PlutusV3: costModel });

const row = z.object(ledgerParameters);

/** Gives the parameters our names. `others` are those that each service names in its own way. */
export function ledgerParametersOf(
  given: z.output<typeof row>,
  { PlutusV1, PlutusV2, PlutusV3 }: z.output<typeof costModels>,
  others: Pick<ProtocolParameters, 'epoch' | 'protocolVersion'>,
): ProtocolParameters {
  return {
    ...others,
    minFeePerByte: given.min_fee_a,
    minFeeConstant: given.min_fee_b,
    coinsPerUtxoByte: given.coins_per_utxo_size,
    maxTransactionBytes: given.max_tx_size,
    maxValueBytes: given.max_val_size,
    collateralPercentage: given.collateral_percent,
    maxCollateralInputs: given.max_collateral_inputs,
    priceMemory: given.price_mem,
    priceSteps: given.price_step,
    maxTransactionExecutionUnits: { memory: given.max_tx_ex_mem, steps: given.max_tx_ex_steps },
    referenceScriptCostPerByte: given.min_fee_ref_script_cost_per_byte,
    costModels: {
      ...(PlutusV1 === undefined ? {} : { plutusV1: PlutusV1 }),
      ...(PlutusV2 === undefined ? {} : { plutusV2: PlutusV2 }),
      ...(PlutusV3 === undefined ? {} : { plutusV3: PlutusV3 }),
    },
  };
}
