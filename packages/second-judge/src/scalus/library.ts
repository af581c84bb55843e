import { createRequire } from 'node:module';
import { type Slot, slotStartMs, type Timeline } from '@x402-facilitator/cardano';
import type { SlotConfig } from 'scalus';

/** The library is CommonJS, whose named exports ESM cannot see. */
export const scalus = createRequire(import.meta.url)('scalus') as typeof import('scalus');

/** Slots of the era that a slot lies in; the library knows one length of slots. */
export function slotConfigOf(timeline: Timeline, at: Slot): SlotConfig {
  const era = timeline.eras.findLast(({ start }) => start.slot <= at);
  if (era === undefined) throw new RangeError(`no era of this network covers slot ${at}`);
  const { slotLengthSeconds, start } = era;
  return new scalus.SlotConfig(
    slotStartMs(timeline, start.slot as Slot),
    start.slot,
    slotLengthSeconds * 1000,
  );
}
