import { z } from 'zod';

/** A moment on the wire. */
export const isoTimeSchema = z.string().describe('ISO 8601');

/** A moment as the wire has it: POSIX milliseconds as ISO 8601, null for none. */
export function isoTime(ms: number): string;
export function isoTime(ms: number | undefined): string | null;
export function isoTime(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
