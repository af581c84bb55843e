const LONGEST = 120;

/** A value from outside for a message: as JSON, cut short. */
export function quote(value: unknown): string {
  // Cut before escaping: quoting must not cost more than the message shows.
  const text = typeof value === 'string' ? JSON.stringify(value.slice(0, LONGEST + 1)) : describe(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) {
    return `an object with the keys ${Object.keys(value).slice(0, 10).join(', ') || 'none'}`;
  }
  return String(value);
}
