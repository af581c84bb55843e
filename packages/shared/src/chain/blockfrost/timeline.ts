import type { EraSummary, Network, Timeline } from '@x402-facilitator/cardano';
import type { z } from 'zod';
import type { erasSchema, genesisSchema } from './schemas.js';

const NETWORK_MAGIC: Readonly<Record<Network, number>> = {
  'cardano:mainnet': 764_824_073,
  'cardano:preprod': 1,
  'cardano:preview': 2,
};

/**
 * Builds the timeline from `/genesis` and `/network/eras`.
 *
 * @returns a sentence that names what is wrong when the answers do not describe `network`.
 */
export function timelineOf(
  network: Network,
  genesis: z.output<typeof genesisSchema>,
  eras: z.output<typeof erasSchema>,
): Timeline | string {
  const magic = NETWORK_MAGIC[network];
  if (genesis.network_magic !== magic)
    return `expected network magic ${magic} of ${network}, found ${genesis.network_magic}`;
  if (eras[0]?.start.slot !== 0)
    return `expected the first era to start at slot 0, found ${eras[0]?.start.slot}`;

  const summaries: EraSummary[] = [];
  for (const [index, era] of eras.entries()) {
    const start = { seconds: era.start.time, slot: era.start.slot, epoch: era.start.epoch };
    const previous = summaries.at(-1);
    if (
      previous !== undefined &&
      (start.slot < previous.start.slot || start.seconds < previous.start.seconds)
    )
      return `expected eras in order, found slot ${start.slot} after slot ${previous.start.slot}`;
    const next = eras[index + 1]?.start;
    summaries.push({
      start,
      // The last era is open: the end that an era summary gives for it is a forecast, not a fact.
      end: next === undefined ? null : { seconds: next.time, slot: next.slot, epoch: next.epoch },
      slotLengthSeconds: era.parameters.slot_length,
      epochLengthSlots: era.parameters.epoch_length,
    });
  }
  return { systemStartMs: genesis.system_start * 1000, eras: summaries };
}
