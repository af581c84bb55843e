import {
  slotAt as ledgerSlotAt,
  type Network,
  type Slot,
  timelineOf,
} from '@x402-facilitator/cardano/ledger';

/** The slot that runs at a time in POSIX milliseconds. */
export function slotAt(network: Network, posixMs: number): Slot {
  return ledgerSlotAt(timelineOf(network), posixMs);
}
