import type { Network } from './network.js';
import type { Timeline } from './timeline.js';

/**
 * When the slots of one second began on each public network: these facts are fixed, so that no provider is asked for
 * them and none can lie about them. Source: the networks' Shelley genesis files.
 */
const SHELLEY: Readonly<Record<Network, { readonly slot: number; readonly startMs: number }>> = {
  'cardano:mainnet': { slot: 4_492_800, startMs: 1_596_059_091_000 },
  'cardano:preprod': { slot: 86_400, startMs: 1_655_769_600_000 },
  'cardano:preview': { slot: 0, startMs: 1_666_656_000_000 },
};

/**
 * When slots are, as the ledger tells scripts, since the slots of one second.
 *
 * @example
 * const ttl = slotAt(timelineOf('cardano:preprod'), Date.now() + 300_000);
 */
export function timelineOf(network: Network): Timeline {
  const { slot: first, startMs } = SHELLEY[network];
  const start = { seconds: first, slot: first, epoch: 0 };
  const era = { start, end: null, slotLengthSeconds: 1, epochLengthSlots: 432_000 };
  return { systemStartMs: startMs - first * 1000, eras: [era] };
}
