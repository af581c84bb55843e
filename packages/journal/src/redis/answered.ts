/** Error replies that mean Redis cannot serve now, and why, in words for callers. A script's own error is not one of them. */
const REFUSALS = {
  BUSY: 'a script blocks it',
  CLUSTERDOWN: 'its cluster is incomplete',
  LOADING: 'it still loads its data',
  MASTERDOWN: 'it is a replica that has lost its primary',
  MISCONF: 'it cannot save to its disk',
  MOVED: 'it is one node of a cluster',
  NOREPLICAS: 'too few of its replicas follow it',
  OOM: 'its memory is full',
  READONLY: 'it is a read-only replica',
  TRYAGAIN: 'its cluster moves keys',
} as const;

/** Why Redis answers and still does not do what it is asked: the code of its error reply. */
export type RedisRefusal = keyof typeof REFUSALS;

export const REDIS_REFUSALS = Object.keys(REFUSALS) as readonly RedisRefusal[];

/** The refusal in an error reply; `undefined` for any other error. Before Redis 7 a script's error repeats the reply behind a hyphen. */
export function refusalOf(error: unknown): RedisRefusal | undefined {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return undefined;
  const { message } = error;
  return REDIS_REFUSALS.find((code) => message.startsWith(code) || message.includes(`: -${code} `));
}

export function wordsOfRefusal(refusal: RedisRefusal): string {
  return `the settlement journal refuses writes: Redis says ${refusal}, ${REFUSALS[refusal]}`;
}

/** True when an ioredis error means that Redis did not serve the command, or cannot now. */
export function isRedisUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name !== 'ReplyError') return isConnectionError(error);
  return refusalOf(error) !== undefined;
}

const CONNECTION_ERROR_NAMES = ['AbortError', 'MaxRetriesPerRequestError', 'ClusterAllFailedError'];
const CONNECTION_ERROR_MESSAGE =
  /Connection is closed|Stream isn't writeable|Command timed out|Socket timeout|ETIMEDOUT|All sentinels are unreachable/;

function isConnectionError(error: Error): boolean {
  return (
    CONNECTION_ERROR_NAMES.includes(error.name) ||
    CONNECTION_ERROR_MESSAGE.test(error.message) ||
    ('syscall' in error && 'code' in error)
  );
}

/** Redis did not answer: nothing was written, or it is unknown whether it was. */
export class JournalUnavailableError extends Error {
  override readonly name: string = 'JournalUnavailableError';
  /** What is wrong, for callers: without addresses. */
  readonly publicMessage: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    const refusal = refusalOf(options?.cause);
    this.publicMessage =
      refusal === undefined ? 'the settlement journal does not answer' : wordsOfRefusal(refusal);
  }
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
    const what = refusalOf(error) === undefined ? 'Redis does not answer' : 'Redis refuses';
    throw new Unavailable(`${what}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

/** A stored value, or a script's reply, does not have the shape that this version knows. */
export class JournalCorruptError extends Error {
  override readonly name = 'JournalCorruptError';
}
