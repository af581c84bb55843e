import type { ProtocolParameters } from '@x402-facilitator/cardano';
import type { z } from 'zod';
import type { parametersSchema } from './schemas.js';

/** Names the parameters of `/epochs/latest/parameters` as the ledger means them. */
export function protocolParametersOf(answer: z.output<typeof parametersSchema>): ProtocolParameters {
  const { PlutusV1, PlutusV2, PlutusV3 } = answer.cost_models_raw;
  return {
    epoch: answer.epoch,
    protocolVersion: { major: answer.protocol_major_ver, minor: answer.protocol_minor_ver },
    minFeePerByte: answer.min_fee_a,
    minFeeConstant: answer.min_fee_b,
    coinsPerUtxoByte: answer.coins_per_utxo_size,
    maxTransactionBytes: answer.max_tx_size,
    maxValueBytes: answer.max_val_size,
    maxBlockBodyBytes: answer.max_block_size,
    maxBlockHeaderBytes: answer.max_block_header_size,
    collateralPercentage: answer.collateral_percent,
    maxCollateralInputs: answer.max_collateral_inputs,
    priceMemory: answer.price_mem,
    priceSteps: answer.price_step,
    maxTransactionExecutionUnits: { memory: answer.max_tx_ex_mem, steps: answer.max_tx_ex_steps },
    maxBlockExecutionUnits: { memory: answer.max_block_ex_mem, steps: answer.max_block_ex_steps },
    referenceScriptCostPerByte: answer.min_fee_ref_script_cost_per_byte,
    stakeKeyDeposit: answer.key_deposit,
    stakePoolDeposit: answer.pool_deposit,
    drepDeposit: answer.drep_deposit,
    governanceActionDeposit: answer.gov_action_deposit,
    minPoolCost: answer.min_pool_cost,
    maxEpochForPoolRetirement: answer.e_max,
    costModels: {
      ...(PlutusV1 === undefined ? {} : { plutusV1: PlutusV1 }),
      ...(PlutusV2 === undefined ? {} : { plutusV2: PlutusV2 }),
      ...(PlutusV3 === undefined ? {} : { plutusV3: PlutusV3 }),
    },
  };
}
