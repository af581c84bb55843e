import Table from 'cli-table3';
import pc from 'picocolors';

/** Prints the demo, each step with the seconds since the start. Colours follow NO_COLOR and the terminal. */
export type Terminal = {
  heading(text: string): void;
  /** @param atMs when it happened, POSIX milliseconds; by default now */
  step(what: string, detail?: string, atMs?: number): void;
  refusal(what: string, detail: string): void;
  note(text: string): void;
  table(head: readonly string[], rows: readonly (readonly string[])[]): void;
};

export type TerminalOptions = {
  readonly write: (text: string) => void;
  /** POSIX milliseconds. */
  readonly now: () => number;
};

const WHAT_WIDTH = 13;

export function createTerminal({ write, now }: TerminalOptions): Terminal {
  const startedAt = now();
  const line = (colour: (text: string) => string, what: string, detail: string, atMs = now()) => {
    const seconds = ((atMs - startedAt) / 1_000).toFixed(2).padStart(7);
    write(`${pc.dim(`${seconds} s`)}  ${colour(what.padEnd(WHAT_WIDTH))} ${detail}\n`);
  };
  return {
    heading: (text) => write(`\n${pc.bold(text)}\n`),
    step: (what, detail = '', atMs = now()) => line(pc.cyan, what, detail, atMs),
    refusal: (what, detail) => line(pc.yellow, what, detail),
    note: (text) => write(`${' '.repeat(WHAT_WIDTH + 12)} ${pc.dim(text)}\n`),
    table(head, rows) {
      const table = new Table({
        head: head.map((cell) => pc.bold(cell)),
        // Without the table's own colours, which ignore NO_COLOR.
        style: { head: [], border: [], compact: true },
      });
      table.push(...rows.map((row) => [...row]));
      write(`${table.toString()}\n`);
    },
  };
}
