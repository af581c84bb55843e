import { z } from 'zod';

/** A time on the wire. */
export const isoTimeSchema = z.string().describe('ISO 8601');

/** Converts POSIX milliseconds to ISO 8601; null stays null. */
export function isoTime(ms: number): string;
export function isoTime(ms: number | undefined): string | null;
export function isoTime(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
