import type { Network, TxHash } from '@x402-facilitator/cardano';
import type { Reading, Settlement } from '@x402-facilitator/journal';

/** The answer for a settlement whose record this version cannot read. */
export const SETTLEMENT_UNREADABLE = 'settlement_unreadable';

/** It takes a roll-out of a newer version, or a person, to fix it. Neither takes only seconds. */
export const UNREADABLE_RETRY_SECONDS = 30;

/** A settlement exists and this version cannot read its record. This is not a verdict: the settlement may be fine. */
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
