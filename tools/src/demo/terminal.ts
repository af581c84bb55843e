import Table from 'cli-table3';
import pc from 'picocolors';

/** What the demo prints on: every line carries the time since the start. Colours follow NO_COLOR and the terminal. */
export type Terminal = {
  heading(text: string): void;
  step(what: string, detail?: string): void;
  note(text: string): void;
  failure(text: string): void;
  table(head: readonly string[], rows: readonly (readonly string[])[]): void;
};

export type TerminalOptions = {
  readonly write: (text: string) => void;
  /** Milliseconds since the start. */
  readonly elapsedMs: () => number;
};

const WHAT_WIDTH = 14;

export function createTerminal({ write, elapsedMs }: TerminalOptions): Terminal {
  const time = () => pc.dim(`${(elapsedMs() / 1_000).toFixed(2).padStart(7)}s`);
  return {
    heading: (text) => write(`\n${pc.bold(text)}\n`),
    step: (what, detail = '') => write(`${time()}  ${pc.cyan(what.padEnd(WHAT_WIDTH))} ${detail}\n`),
    note: (text) => write(`${' '.repeat(8)}  ${pc.dim(text)}\n`),
    failure: (text) => write(`${time()}  ${pc.red(text)}\n`),
    table(head, rows) {
      const table = new Table({ head: head.map((cell) => pc.bold(cell)), style: { head: [], border: [] } });
      table.push(...rows.map((row) => [...row]));
      write(`${table.toString()}\n`);
    },
  };
}
