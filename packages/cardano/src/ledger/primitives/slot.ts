import type { Brand } from './brand.js';

/** An absolute slot number of one network. Never seconds: convert with `slotAt` and `slotStartMs`. */
export type Slot = Brand<number, 'Slot'>;

/**
 * Marks a number as a slot.
 *
 * @example
 * slotStartMs(timeline, slot(71_234_567));
 */
export function slot(value: number): Slot {
  return value as Slot;
}
