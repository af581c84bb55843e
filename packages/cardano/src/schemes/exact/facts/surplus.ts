import type { Transaction } from '../../../ledger/transaction/transaction.js';

/** Fields that a payment does not need, by ledger name; another rule refuses mint, certificates and the like. */
export function surplusOf(transaction: Transaction): readonly string[] {
  const found: Readonly<Record<string, boolean>> = {
    collateral_inputs: transaction.collateralInputs.length > 0,
    collateral_return: transaction.collateralReturn !== undefined,
    total_collateral: transaction.totalCollateral !== undefined,
    required_signers: transaction.requiredSigners.length > 0,
    reference_inputs: transaction.referenceInputs.length > 0,
    script_data_hash: transaction.scriptDataHash !== undefined,
    scripts: transaction.hasScriptWitnesses,
    auxiliary_data:
      transaction.auxiliaryDataHash !== undefined || transaction.auxiliaryDataBytes !== undefined,
  };
  return Object.keys(found).filter((name) => found[name]);
}
