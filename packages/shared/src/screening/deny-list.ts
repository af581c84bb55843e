import { err, ok, type Result } from '@x402-facilitator/cardano';
import { readDenyEntry } from './deny-entry.js';

/** What a file denies. */
export type DenyList = {
  /** Lines that are no comment. */
  readonly entries: number;
  readonly credentials: ReadonlySet<string>;
};

/** The first line that cannot be read. */
export type DenyListMistake = {
  /** From 1. */
  readonly line: number;
  /** What was expected and what was found. */
  readonly message: string;
};

/** Bech32 takes tens of microseconds a line: payments are answered in between. */
const LINES_PER_TURN = 200;

/**
 * Reads a deny-list: an entry per line; what follows a `#` is a comment.
 *
 * @param turn waits for the event loop's next turn.
 */
export async function readDenyList(
  text: string,
  turn: () => Promise<unknown>,
): Promise<Result<DenyList, DenyListMistake>> {
  const credentials = new Set<string>();
  let entries = 0;
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  for (const [at, line] of lines.entries()) {
    if (at > 0 && at % LINES_PER_TURN === 0) await turn();
    const [content = ''] = line.split('#', 1);
    const found = content.trim();
    if (found === '') continue;
    const entry = readDenyEntry(found);
    if (!entry.ok) return err({ line: at + 1, message: entry.error });
    entries += 1;
    for (const credential of entry.value.credentials) credentials.add(credential);
  }
  return ok({ entries, credentials });
}
