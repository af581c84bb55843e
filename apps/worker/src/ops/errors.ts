/** A command line that cannot be understood. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The command cannot be done; the message says why. */
export class OpsError extends Error {
  override readonly name = 'OpsError';
}
