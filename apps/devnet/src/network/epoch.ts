import type { Slot } from '@x402-facilitator/cardano';
import type { Era, NetworkProfile } from './profile.js';

/** The position of a slot in its epoch. */
export type EpochPosition = { readonly epoch: number; readonly slotInEpoch: number };

function eraOf(profile: NetworkProfile, slot: number): Era {
  const era = profile.eras.findLast((candidate) => candidate.start.slot <= slot);
  if (era === undefined) throw new RangeError(`slot ${slot} lies before the network's start`);
  return era;
}

/**
 * The epoch that a slot belongs to.
 *
 * @throws RangeError when the slot is negative.
 */
export function epochPositionOf(profile: NetworkProfile, slot: Slot): EpochPosition {
  const era = eraOf(profile, slot);
  const slots = slot - era.start.slot;
  return {
    epoch: era.start.epoch + Math.floor(slots / era.epochLengthSlots),
    slotInEpoch: slots % era.epochLengthSlots,
  };
}

/** Start (inclusive) and end (exclusive) of an epoch of the current era, in slots. */
export function epochSlots(profile: NetworkProfile, epoch: number): { start: number; end: number } {
  const era = profile.eras.findLast((candidate) => candidate.start.epoch <= epoch);
  if (era === undefined) throw new RangeError(`epoch ${epoch} does not exist`);
  const start = era.start.slot + (epoch - era.start.epoch) * era.epochLengthSlots;
  return { start, end: start + era.epochLengthSlots };
}

/**
 * The end that an era summary gives for the era that is still open: the first epoch boundary after the tip's safe zone,
 * because a hard fork cannot come earlier.
 */
export function forecastEnd(era: Era, tip: Slot): NonNullable<Era['end']> {
  const safe = Math.max(tip - era.start.slot, 0) + era.safeZoneSlots;
  const epochs = Math.ceil(safe / era.epochLengthSlots);
  const slots = epochs * era.epochLengthSlots;
  return {
    seconds: era.start.seconds + slots * era.slotLengthSeconds,
    slot: era.start.slot + slots,
    epoch: era.start.epoch + epochs,
  };
}
