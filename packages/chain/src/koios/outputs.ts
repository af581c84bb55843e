import {
  type ChainOutput,
  decodeTransaction,
  err,
  fromHex,
  type OutRef,
  ok,
  outRefKey,
  type Result,
  readCreatedOutputs,
  type TxHash,
} from '@x402-facilitator/cardano';
import type { z } from 'zod';
import type { ProviderOutput, UnspentOutput } from '../provider/index.js';
import type { addressUtxosSchema, transactionsSchema, utxosSchema } from './schemas.js';

/**
 * The outputs that a transaction left on the ledger, read from its own bytes. Its id proves them, so an indexer's view of
 * datums, scripts and assets does not matter. Fails when the bytes are not that transaction's, or not there: Koios keeps
 * none of genesis, and an instance may keep none from before it began to.
 */
export function outputsOf(
  txHash: TxHash,
  { cbor, valid_contract }: z.output<typeof transactionsSchema>[number],
): Result<readonly ChainOutput[], string> {
  if (cbor === null) return err(`it does not have the bytes of ${txHash}`);
  const created = readCreatedOutputs(fromHex(cbor) ?? new Uint8Array(), valid_contract);
  if (!created.ok) return err(`the bytes of ${txHash} cannot be read: ${created.error}`);
  const { id, outputs } = created.value;
  return id === txHash ? ok(outputs) : err(`asked for ${txHash}, found the bytes of ${id}`);
}

/**
 * The transaction that spent an output, read from the bytes of several. One whose scripts failed spends its collateral
 * instead of its inputs. Bytes that are not the transaction's prove nothing.
 */
export function spenderAmong(
  rows: Readonly<z.output<typeof transactionsSchema>>,
  outRef: OutRef,
): TxHash | undefined {
  const key = outRefKey(outRef);
  const found = rows.find(({ tx_hash, cbor, valid_contract }) => {
    const decoded = decodeTransaction(fromHex(cbor ?? '') ?? new Uint8Array());
    if (!decoded.ok || decoded.value.id !== tx_hash) return false;
    const { inputs, collateralInputs } = decoded.value;
    return (valid_contract ? inputs : collateralInputs).some((input) => outRefKey(input) === key);
  });
  return found?.tx_hash;
}

/** Adds what `/utxo_info` says of the spending. An output that it leaves out is `unknown`. */
export function withSpending(
  outputs: readonly ChainOutput[],
  utxos: Readonly<z.output<typeof utxosSchema>>,
): readonly ProviderOutput[] {
  const spent = new Map(
    utxos.map(({ tx_hash, tx_index, is_spent }) => [
      outRefKey({ txHash: tx_hash, index: tx_index }),
      is_spent,
    ]),
  );
  return outputs.map((output) => {
    const isSpent = spent.get(outRefKey(output.outRef));
    if (typeof isSpent !== 'boolean') return { output, spending: { status: 'unknown' } };
    return { output, spending: { status: isSpent ? 'spent' : 'unspent' } };
  });
}

/** One row of an address's listing. */
export function unspentOutputOf(row: z.output<typeof addressUtxosSchema>[number]): UnspentOutput {
  const { tx_hash, tx_index, value, datum_hash, inline_datum, reference_script, asset_list } = row;
  const attached = [datum_hash, inline_datum, reference_script];
  return {
    outRef: { txHash: tx_hash, index: tx_index },
    lovelace: value,
    isPlainAda: asset_list.length === 0 && attached.every((found) => found === null || found === undefined),
  };
}
