/** A command line that cannot be followed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What was asked for cannot be done; the message says why. */
export class OpsError extends Error {
  override readonly name = 'OpsError';
}
