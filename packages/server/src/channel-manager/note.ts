import { z } from 'zod';

/** What the manager keeps in a record for itself. */
export type Note = {
  /** Where following begins: a position that no rollback is expected to take back. */
  readonly anchor: string;
  /** The largest capacity that was seen: a larger one is a top-up. Decimal text. */
  readonly capacity: string;
  readonly isClosed: boolean;
};

const note = z.object({ anchor: z.string(), capacity: z.string().regex(/^\d+$/), isClosed: z.boolean() });

/** `undefined` before the manager has seen the channel, or for a note that is none of its own. */
export function readNote(text: string): Note | undefined {
  try {
    return note.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

export const writeNote = ({ anchor, capacity, isClosed }: Note): string =>
  JSON.stringify({ anchor, capacity, isClosed });
