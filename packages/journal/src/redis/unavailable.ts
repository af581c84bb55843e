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
