/** A stranger's text for a terminal or a message: short, and without control characters. */
export function printable(value: unknown): string {
  return JSON.stringify(String(value).slice(0, 200));
}
