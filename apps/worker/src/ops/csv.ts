import { stringify } from 'csv-stringify/sync';

/**
 * One line of RFC 4180. Every field is in quotes, and one that a spreadsheet would run as a formula begins with an apostrophe:
 * some of these texts come from strangers.
 */
export function csvLine(values: readonly unknown[]): string {
  const texts = values.map((value) => (value === undefined || value === null ? '' : String(value)));
  return stringify([texts], {
    quoted: true,
    quoted_empty: true,
    escape_formulas: true,
    record_delimiter: 'windows',
  }).trimEnd();
}
