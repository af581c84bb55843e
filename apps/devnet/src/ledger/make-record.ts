import {
  blake2b256,
  type ChainOutput,
  createdOutputs,
  fromHex,
  type OutRefKey,
  outRefKey,
  parseAddress,
  type Transaction,
  toHex,
} from '@x402-facilitator/cardano';
import { transactionDetails } from '../transaction/index.js';
import {
  assetKey,
  credentialKey,
  labelKey,
  type OutputRecord,
  type TransactionRecord,
  unitOf,
} from './records.js';

/** Indexers also give the hash of an inline datum. */
function withDatumHash(output: ChainOutput): ChainOutput {
  const datum = output.inlineDatum === undefined ? undefined : fromHex(output.inlineDatum);
  return datum === undefined ? output : { ...output, datumHash: toHex(blake2b256(datum)) };
}

function outputKeys({ address, assets }: ChainOutput): string[] {
  const parsed = parseAddress(address);
  const credential =
    parsed.ok && parsed.value.kind === 'shelley' ? [credentialKey(parsed.value.payment.hash)] : [];
  return [address, ...credential, ...[...assets.keys()].map((asset) => assetKey(unitOf(asset)))];
}

/**
 * Makes the ledger's record of an accepted transaction.
 *
 * @param resolved The outputs that it names, as they were when it was accepted.
 */
export function makeRecord(
  transaction: Transaction,
  resolved: ReadonlyMap<OutRefKey, OutputRecord>,
  acceptedAtMs: number,
): TransactionRecord {
  const details = transactionDetails(transaction);
  const outputs: OutputRecord[] = [];
  const record: TransactionRecord = {
    id: transaction.id,
    transaction,
    details,
    spends: (transaction.isValid ? transaction.inputs : transaction.collateralInputs).map(outRefKey),
    resolved,
    outputs,
    indexKeys: [
      ...[...transaction.mint.keys()].map((asset) => assetKey(unitOf(asset))),
      ...details.metadata.map(({ label }) => labelKey(label)),
    ],
    acceptedAtMs,
    placement: undefined,
  };
  for (const output of createdOutputs(transaction)) {
    outputs.push({
      key: outRefKey(output.outRef),
      output: withDatumHash(output),
      collateral: !transaction.isValid,
      createdBy: record,
      indexKeys: outputKeys(output),
      spentBy: undefined,
    });
  }
  return record;
}
