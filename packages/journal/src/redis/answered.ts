/** Error replies that mean Redis cannot serve now. A script's own error is not one of them. */
const UNAVAILABLE_REPLIES = [
  'BUSY',
  'CLUSTERDOWN',
  'LOADING',
  'MASTERDOWN',
  'MISCONF',
  'NOREPLICAS',
  'OOM',
  'READONLY',
  'TRYAGAIN',
];

/** True when an ioredis error means that Redis did not serve the command, or cannot now. */
export function isRedisUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name !== 'ReplyError') return isConnectionError(error);
  return UNAVAILABLE_REPLIES.some((code) => error.message.startsWith(code));
}

const CONNECTION_ERROR_NAMES = ['AbortError', 'MaxRetriesPerRequestError', 'ClusterAllFailedError'];
const CONNECTION_ERROR_MESSAGE =
  /Connection is closed|Stream isn't writeable|Command timed out|ETIMEDOUT|All sentinels are unreachable/;

function isConnectionError(error: Error): boolean {
  return (
    CONNECTION_ERROR_NAMES.includes(error.name) ||
    CONNECTION_ERROR_MESSAGE.test(error.message) ||
    ('syscall' in error && 'code' in error)
  );
}

/** Redis did not answer: nothing was written, or it is unknown whether it was. */
export class JournalUnavailableError extends Error {
  override readonly name = 'JournalUnavailableError';
}

/**
 * Runs a Redis command.
 *
 * @throws JournalUnavailableError, or the given error, when Redis does not answer.
 */
export async function answered<T>(
  command: () => Promise<T>,
  Unavailable: new (message: string, options: ErrorOptions) => Error = JournalUnavailableError,
): Promise<T> {
  try {
    return await command();
  } catch (error) {
    if (!isRedisUnavailable(error)) throw error;
    throw new Unavailable(`Redis does not answer: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}

/** A stored value, or a script's reply, does not have the shape that this version knows. */
export class JournalCorruptError extends Error {
  override readonly name = 'JournalCorruptError';
}
