import type { Network, TxHash } from '@x402-facilitator/cardano';
import type { Reading, Settlement } from '@x402-facilitator/journal';

/** What a caller is told of a settlement whose record this version cannot read. */
export const SETTLEMENT_UNREADABLE = 'settlement_unreadable';

/** A newer version that is being rolled out, or a person, mends it: neither takes seconds. */
export const UNREADABLE_RETRY_SECONDS = 30;

/** A settlement exists and this version cannot read its record. It may be fine: this is not a verdict. */
export class SettlementUnreadableError extends Error {
  override readonly name = 'SettlementUnreadableError';

  constructor({ txHash, network }: { readonly txHash: TxHash; readonly network: Network }) {
    super(
      `the record of transaction ${txHash} on ${network} cannot be read here: a newer version wrote it, or it is damaged. It was left as it is; ask again later`,
    );
  }
}

/** @throws SettlementUnreadableError */
export function readable(reading: Reading): Settlement | undefined {
  if (reading.ok) return reading.value;
  throw new SettlementUnreadableError(reading.error);
}
