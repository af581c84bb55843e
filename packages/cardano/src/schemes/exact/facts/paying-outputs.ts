import type { ShelleyAddress } from '../../../ledger/address/index.js';
import { type AssetId, LOVELACE } from '../../../ledger/primitives/asset.js';
import { equalBytes } from '../../../ledger/primitives/bytes.js';
import type { Transaction, TransactionOutput } from '../../../ledger/transaction/transaction.js';
import type { PaymentTerms } from './terms.js';

/** The atomic units of an asset that an output holds. */
export function quantityOf(output: TransactionOutput, asset: AssetId): bigint {
  return asset === LOVELACE ? output.lovelace : (output.assets.get(asset) ?? 0n);
}

/** The outputs to an address. Compares bytes, because bech32 has two spellings of one address. */
export function outputsTo({ outputs }: Transaction, payTo: ShelleyAddress): readonly TransactionOutput[] {
  return outputs.filter(({ addressBytes }) => equalBytes(addressBytes, payTo.bytes));
}

/**
 * The outputs that each pay the full price alone.
 *
 * @param terms.amount atomic units of `asset`.
 * @example
 * const paid = payingOutputs(transaction, payTo, { asset: LOVELACE, amount: 2_000_000n }).length > 0;
 */
export function payingOutputs(
  transaction: Transaction,
  payTo: ShelleyAddress,
  terms: Pick<PaymentTerms, 'asset' | 'amount'>,
): readonly TransactionOutput[] {
  return outputsTo(transaction, payTo).filter((output) => quantityOf(output, terms.asset) >= terms.amount);
}
