import type { ProtocolParameters } from '@x402-facilitator/cardano';
import type { z } from 'zod';
import type { parametersSchema } from './schemas.js';

/** Names the parameters of `/epoch_params` as the ledger means them. */
export function protocolParametersOf(row: z.output<typeof parametersSchema>[number]): ProtocolParameters {
  const { PlutusV1, PlutusV2, PlutusV3 } = row.cost_models;
  return {
    epoch: row.epoch_no,
    protocolVersion: { major: row.protocol_major, minor: row.protocol_minor },
    minFeePerByte: row.min_fee_a,
    minFeeConstant: row.min_fee_b,
    coinsPerUtxoByte: row.coins_per_utxo_size,
    maxTransactionBytes: row.max_tx_size,
    maxValueBytes: row.max_val_size,
    maxBlockBodyBytes: row.max_block_size,
    maxBlockHeaderBytes: row.max_bh_size,
    collateralPercentage: row.collateral_percent,
    maxCollateralInputs: row.max_collateral_inputs,
    priceMemory: row.price_mem,
    priceSteps: row.price_step,
    maxTransactionExecutionUnits: { memory: row.max_tx_ex_mem, steps: row.max_tx_ex_steps },
    maxBlockExecutionUnits: { memory: row.max_block_ex_mem, steps: row.max_block_ex_steps },
    referenceScriptCostPerByte: row.min_fee_ref_script_cost_per_byte,
    stakeKeyDeposit: row.key_deposit,
    stakePoolDeposit: row.pool_deposit,
    drepDeposit: row.drep_deposit,
    governanceActionDeposit: row.gov_action_deposit,
    minPoolCost: row.min_pool_cost,
    maxEpochForPoolRetirement: row.max_epoch,
    costModels: {
      ...(PlutusV1 === undefined ? {} : { plutusV1: PlutusV1 }),
      ...(PlutusV2 === undefined ? {} : { plutusV2: PlutusV2 }),
      ...(PlutusV3 === undefined ? {} : { plutusV3: PlutusV3 }),
    },
  };
}
