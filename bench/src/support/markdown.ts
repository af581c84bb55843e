type Cell = string | number;

/** A column's heading; numbers are set flush right. */
export type Column = string | { readonly number: string };

/** A table in Markdown. */
export function table(columns: readonly Column[], rows: readonly (readonly Cell[])[]): string {
  const row = (cells: readonly Cell[]) => `| ${cells.join(' | ')} |`;
  return [
    row(columns.map((column) => (typeof column === 'string' ? column : column.number))),
    row(columns.map((column) => (typeof column === 'string' ? '---' : '--:'))),
    ...rows.map(row),
  ].join('\n');
}
