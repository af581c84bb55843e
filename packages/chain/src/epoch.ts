import { slotAt, type Timeline } from '@x402-facilitator/cardano';

/**
 * The epoch that is running at `posixMs`.
 *
 * @throws RangeError when the timeline does not cover that time.
 */
export function epochAt(timeline: Timeline, posixMs: number): number {
  const slot = slotAt(timeline, posixMs);
  const era = timeline.eras.findLast((candidate) => candidate.start.slot <= slot);
  if (era === undefined) throw new RangeError(`no era of this network covers slot ${slot}`);
  return era.start.epoch + Math.floor((slot - era.start.slot) / era.epochLengthSlots);
}
