import type { ProtocolParameters } from '../facts/protocol-parameters.js';
import type { TransactionOutput } from '../transaction/transaction.js';
import { allOutputs } from './inputs-and-outputs.js';
import { phase1 } from './outcome.js';
import type { Phase1Rule } from './rule.js';

/** What an output's entry in the ledger's map takes besides the output itself (CIP-55). */
const ENTRY_BYTES = 160n;

/**
 * The least lovelace that an output of a serialized size in bytes must hold.
 *
 * @example
 * minimumLovelaceOfSize(65, { coinsPerUtxoByte: 4310n }); // 969750n
 */
export function minimumLovelaceOfSize(
  size: number,
  { coinsPerUtxoByte }: Pick<ProtocolParameters, 'coinsPerUtxoByte'>,
): bigint {
  return (ENTRY_BYTES + BigInt(size)) * coinsPerUtxoByte;
}

/**
 * The least lovelace that an output must hold as it is serialized.
 *
 * @example
 * transaction.outputs.every((output) => output.lovelace >= minimumLovelace(output, parameters));
 */
export function minimumLovelace(output: TransactionOutput, parameters: ProtocolParameters): bigint {
  return minimumLovelaceOfSize(output.bytes.length, parameters);
}

/** Every output, collateral return included, holds min-UTxO for its own bytes. */
export const minUtxo: Phase1Rule = {
  name: 'outputs hold min-UTxO',
  predicates: ['BabbageOutputTooSmallUTxO'],
  source: 'Babbage Utxo `validateOutputTooSmallUTxO`; CIP-55',
  check: ({ transaction, parameters }) =>
    allOutputs(transaction).flatMap((output, index) => {
      const minimum = minimumLovelace(output, parameters);
      if (output.lovelace >= minimum) return [];
      const name = index < transaction.outputs.length ? `output ${index}` : 'the collateral return';
      const message = `expected ${name} to hold at least ${minimum} lovelace, found ${output.lovelace}`;
      return [phase1('BabbageOutputTooSmallUTxO', message)];
    }),
};
