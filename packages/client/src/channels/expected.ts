import { type ChannelConstants, readChannel, type Stage } from '@x402-facilitator/cardano/channels';
import {
  type Amounts,
  parseTxHash,
  quantityOf,
  type TransactionOutput,
  toHex,
} from '@x402-facilitator/cardano/ledger';

const NOWHERE = parseTxHash('00'.repeat(32));

/**
 * Tells whether an output of a finished transaction is the channel that was ordered: read from its bytes, whoever wrote them.
 */
export function channelOutput(expected: {
  readonly scriptHash: string;
  /** bech32. */
  readonly address: string;
  readonly constants: ChannelConstants;
  readonly isStage: (stage: Stage) => boolean;
  readonly value: Amounts;
}): (output: TransactionOutput) => boolean {
  const { scriptHash, address, constants, isStage, value } = expected;
  return (output) => {
    const { datum, scriptRef, lovelace, assets } = output;
    if (NOWHERE === undefined || scriptRef !== undefined || datum?.kind !== 'inline') return false;
    const inlineDatum = toHex(datum.bytes);
    const read = readChannel(
      { outRef: { txHash: NOWHERE, index: 0 }, address: output.address, lovelace, assets, inlineDatum },
      scriptHash,
    );
    if (!read.ok || output.address !== address) return false;
    const found = read.value.datum;
    return (
      found.ownHash === scriptHash &&
      isStage(found.stage) &&
      FIELDS.every((field) => found.constants[field] === constants[field]) &&
      lovelace === value.lovelace &&
      assets.size === value.assets.size &&
      [...assets.keys()].every((asset) => quantityOf(output, asset) === quantityOf(value, asset))
    );
  };
}

const FIELDS = ['tag', 'currency', 'iouKey', 'consumer', 'provider', 'closePeriodMs'] as const;
