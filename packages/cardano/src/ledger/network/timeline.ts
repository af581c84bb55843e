import { type Slot, slot } from '../primitives/slot.js';

/** One era of a network, as the ledger's era summary gives it. Times are seconds after `systemStartMs`. */
export type EraSummary = {
  readonly start: { readonly seconds: number; readonly slot: number; readonly epoch: number };
  /** `null` for the era that is still open. */
  readonly end: { readonly seconds: number; readonly slot: number; readonly epoch: number } | null;
  readonly slotLengthSeconds: number;
  readonly epochLengthSlots: number;
};

/** Converts between wall-clock time and slots (scheme: rule 7, "TTL / Expiry Check"). */
export type Timeline = {
  /** POSIX milliseconds of slot 0. */
  readonly systemStartMs: number;
  /** In order, the first from slot 0, each starting where the one before ends. */
  readonly eras: readonly EraSummary[];
};

/**
 * The slot that is running at `posixMs`.
 *
 * @throws RangeError when `posixMs` lies before the network's start or the timeline has no eras.
 * @example
 * const ttl = slotAt(timeline, Date.now() + 300_000);
 */
export function slotAt(timeline: Timeline, posixMs: number): Slot {
  const seconds = (posixMs - timeline.systemStartMs) / 1000;
  const era = timeline.eras.findLast((candidate) => candidate.start.seconds <= seconds);
  if (era === undefined)
    throw new RangeError(`no era of this network covers ${new Date(posixMs).toISOString()}`);
  return slot(era.start.slot + Math.floor((seconds - era.start.seconds) / era.slotLengthSeconds));
}

/**
 * POSIX milliseconds at which a slot begins. Slots beyond the last era are extrapolated with its slot length.
 *
 * @throws RangeError when the timeline has no eras.
 * @example
 * const expiresAtMs = slotStartMs(timeline, ttl);
 */
export function slotStartMs(timeline: Timeline, at: Slot): number {
  const era = timeline.eras.findLast((candidate) => candidate.start.slot <= at);
  if (era === undefined) throw new RangeError(`no era of this network covers slot ${at}`);
  const seconds = era.start.seconds + (at - era.start.slot) * era.slotLengthSeconds;
  return timeline.systemStartMs + seconds * 1000;
}
