/**
 * What is looked at before any work is done on it. A script or datum of this size fits no transaction; what the budgets
 * bound is the work that a request can ask for.
 */
export const LIMITS = {
  scriptBytes: 65_536,
  datumBytes: 65_536,
  parameters: 64,
  /** All names and values together, as they are written. */
  parameterCharacters: 131_072,
  integerDigits: 128,
} as const;
