/** What the archive keeps of a settlement. Times are POSIX milliseconds. */
export type SettlementRow = {
  readonly network: string;
  readonly transaction_id: string;
  readonly kind: string;
  readonly state: string;
  readonly key_name: string | null;
  readonly payer: string;
  readonly pay_to: string;
  readonly asset: string;
  /** Atomic units, decimal: `numeric` in PostgreSQL, text in SQLite, whose numbers are too small. */
  readonly amount: string;
  readonly queued_at_ms: number;
  readonly ended_at_ms: number;
  readonly final_at_ms: number;
  /** The journal's fields as a JSON object, by their names in Redis. */
  readonly record: string;
  /** The signed receipt as JSON. */
  readonly receipt: string | null;
  /** What the wallet paid for it, as JSON. */
  readonly sponsorship: string | null;
  readonly archived_at_ms: number;
  readonly erased_at_ms: number | null;
};

/** Up to when rows may be deleted. */
type PruningRow = { readonly id: number; readonly before_ms: number };

export type Tables = {
  readonly x402_settlements: SettlementRow;
  readonly x402_pruning: PruningRow;
};

/** The longest text that an index of PostgreSQL takes from a stranger's field, with room for its other columns. */
export const MAX_COLUMN_CHARACTERS = 500;

/**
 * A text as the columns hold it that are searched. `record` has it in full. PostgreSQL knows no NUL, and neither database
 * knows half a surrogate pair.
 */
export function columnText(text: string): string {
  const wellFormed = Buffer.from(text.slice(0, MAX_COLUMN_CHARACTERS)).toString();
  return wellFormed.replaceAll('\0', '\uFFFD');
}
