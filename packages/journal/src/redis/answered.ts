/** Replies by which Redis says that it cannot serve now; a script's own mistake is not among them. */
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

/** True when an error of ioredis means that Redis did not, or cannot now, serve the command. */
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

/** What is stored, or what a script answered, is not of the shape that this version knows. */
export class JournalCorruptError extends Error {
  override readonly name = 'JournalCorruptError';
}
