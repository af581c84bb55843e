import type { ProtocolParameters, Rational } from '@x402-facilitator/cardano';

/** The parameters that Blockfrost and Koios give under the same names: both read cardano-db-sync. */
export type ParameterRow = {
  readonly min_fee_a: bigint;
  readonly min_fee_b: bigint;
  readonly coins_per_utxo_size: bigint;
  readonly max_tx_size: number;
  readonly max_val_size: number;
  readonly collateral_percent: number;
  readonly max_collateral_inputs: number;
  readonly price_mem: Rational;
  readonly price_step: Rational;
  readonly max_tx_ex_mem: bigint;
  readonly max_tx_ex_steps: bigint;
  readonly min_fee_ref_script_cost_per_byte: Rational;
};

/** Cost models in the ledger's order, under the languages' own names. */
export type CostModelRow = {
  readonly PlutusV1?: readonly number[] | undefined;
  readonly PlutusV2?: readonly number[] | undefined;
  readonly PlutusV3?: readonly number[] | undefined;
};

/** Gives the parameters our names. `others` are those that each provider names in its own way. */
export function protocolParametersOf(
  row: ParameterRow,
  { PlutusV1, PlutusV2, PlutusV3 }: CostModelRow,
  others: Pick<ProtocolParameters, 'epoch' | 'protocolVersion'>,
): ProtocolParameters {
  return {
    ...others,
    minFeePerByte: row.min_fee_a,
    minFeeConstant: row.min_fee_b,
    coinsPerUtxoByte: row.coins_per_utxo_size,
    maxTransactionBytes: row.max_tx_size,
    maxValueBytes: row.max_val_size,
    collateralPercentage: row.collateral_percent,
    maxCollateralInputs: row.max_collateral_inputs,
    priceMemory: row.price_mem,
    priceSteps: row.price_step,
    maxTransactionExecutionUnits: { memory: row.max_tx_ex_mem, steps: row.max_tx_ex_steps },
    referenceScriptCostPerByte: row.min_fee_ref_script_cost_per_byte,
    costModels: {
      ...(PlutusV1 === undefined ? {} : { plutusV1: PlutusV1 }),
      ...(PlutusV2 === undefined ? {} : { plutusV2: PlutusV2 }),
      ...(PlutusV3 === undefined ? {} : { plutusV3: PlutusV3 }),
    },
  };
}
