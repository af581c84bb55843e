import type { Transaction } from '@x402-facilitator/cardano';
import type { ChainView, OutputRecord, PlacedTransaction, TransactionRecord } from '../../ledger/index.js';
import type { NetworkProfile } from '../../network/index.js';
import { amountsOf, attachmentsOf, sumOf } from './amounts.js';
import { blockTime } from './block.js';

/** The fields that a transaction has both in the mempool and on the chain. */
function summary({ transaction, details, outputs }: TransactionRecord) {
  const { certificates } = details;
  const inputs = new Set(
    [transaction.inputs, transaction.referenceInputs, transaction.collateralInputs].flat(),
  );
  return {
    output_amount: sumOf(outputs),
    fees: transaction.fee.toString(),
    deposit: '0',
    size: transaction.bytes.length,
    invalid_before: transaction.validityStart?.toString() ?? null,
    invalid_hereafter: transaction.ttl?.toString() ?? null,
    utxo_count: inputs.size + outputs.length,
    withdrawal_count: details.withdrawals,
    mir_cert_count: 0,
    delegation_count: certificates.delegation,
    stake_cert_count: certificates.stake,
    pool_update_count: certificates.pool,
    pool_retire_count: 0,
    asset_mint_or_burn_count: transaction.mint.size,
    redeemer_count: transaction.redeemers.length,
    valid_contract: transaction.isValid,
  };
}

/** `tx_content`. */
export function renderTransaction(profile: NetworkProfile, record: PlacedTransaction) {
  const { block, index } = record.placement;
  return {
    hash: record.id,
    block: block.hash,
    block_height: block.height,
    block_time: blockTime(profile, block),
    slot: block.slot,
    index,
    ...summary(record),
    treasury_donation: record.details.donation.toString(),
  };
}

type InputRole = { readonly collateral: boolean; readonly reference: boolean };

/** Every input of the transaction with its role, in the order in which Blockfrost lists them. */
function inputsOf(record: TransactionRecord): { readonly output: OutputRecord; readonly role: InputRole }[] {
  const { transaction, resolved } = record;
  const named = (refs: Transaction['inputs'], role: InputRole) =>
    refs.flatMap(({ txHash, index }) => {
      const output = resolved.get(`${txHash}#${index}`);
      return output === undefined ? [] : [{ output, role }];
    });
  return [
    ...named(transaction.referenceInputs, { collateral: false, reference: true }),
    ...named(transaction.inputs, { collateral: false, reference: false }),
    ...named(transaction.collateralInputs, { collateral: true, reference: false }),
  ];
}

function renderOutput(record: OutputRecord) {
  const { output } = record;
  return {
    address: output.address,
    amount: amountsOf(output),
    output_index: output.outRef.index,
    ...attachmentsOf(output),
    collateral: record.collateral,
  };
}

/** `tx_content_utxo`. */
export function renderUtxos(view: ChainView, record: PlacedTransaction) {
  return {
    hash: record.id,
    inputs: inputsOf(record).map(({ output: { output }, role }) => ({
      address: output.address,
      amount: amountsOf(output),
      tx_hash: output.outRef.txHash,
      output_index: output.outRef.index,
      ...attachmentsOf(output),
      ...role,
    })),
    outputs: record.outputs.map((output) => ({
      ...renderOutput(output),
      consumed_by_tx: view.spentBy(output)?.id ?? null,
    })),
  };
}

/** `mempool_tx_content`. */
export function renderMempoolTransaction(record: TransactionRecord) {
  return {
    tx: { hash: record.id, ...summary(record) },
    inputs: inputsOf(record).map(({ output: { output }, role }) => ({
      address: output.address,
      tx_hash: output.outRef.txHash,
      output_index: output.outRef.index,
      ...role,
    })),
    outputs: record.outputs.map(renderOutput),
    redeemers: record.transaction.redeemers.map(({ purpose, index, budget }) => ({
      tx_index: index,
      purpose: purpose === 'certify' ? 'cert' : purpose,
      unit_mem: budget.memory.toString(),
      unit_steps: budget.steps.toString(),
    })),
  };
}
