import type { ShelleyAddress } from '../../../ledger/address/index.js';
import { type AssetId, LOVELACE } from '../../../ledger/primitives/asset.js';
import type { Transaction, TransactionOutput } from '../../../ledger/transaction/transaction.js';
import type { PaymentTerms } from './terms.js';

/** How much of an asset an output holds. */
export function quantityOf(output: TransactionOutput, asset: AssetId): bigint {
  return asset === LOVELACE ? output.lovelace : (output.assets.get(asset) ?? 0n);
}

/** The outputs to an address, by its bytes: bech32 has two spellings of the same address. */
export function outputsTo({ outputs }: Transaction, payTo: ShelleyAddress): readonly TransactionOutput[] {
  return outputs.filter(({ addressBytes }) => Buffer.compare(addressBytes, payTo.bytes) === 0);
}

/** The outputs of which each alone pays what is asked for. */
export function payingOutputs(
  transaction: Transaction,
  payTo: ShelleyAddress,
  { asset, amount }: Pick<PaymentTerms, 'asset' | 'amount'>,
): readonly TransactionOutput[] {
  return outputsTo(transaction, payTo).filter((output) => quantityOf(output, asset) >= amount);
}
