/** A route's answer. The HTTP layer sends it. */
export type Answer = {
  readonly status: number;
  /** Sent as JSON. Text with its own content type is sent as it is. */
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

/** The texts of Blockfrost's error bodies, by HTTP status. */
const ERRORS: Readonly<Record<number, readonly [error: string, message: string]>> = {
  400: ['Bad Request', 'Backend did not understand your request.'],
  402: ['Project Over Limit', 'Usage is over limit.'],
  403: ['Forbidden', 'Invalid project token.'],
  404: ['Not Found', 'The requested component has not been found.'],
  405: ['Method Not Allowed', 'This method is not allowed here.'],
  413: ['Payload Too Large', 'Request body is too large.'],
  415: ['Unsupported Media Type', 'Unsupported content type.'],
  418: ['Requested Banned', 'IP has been auto-banned for flooding.'],
  425: ['Mempool Full', 'Mempool is full, please try resubmitting again later.'],
  429: ['Project Over Limit', 'Usage is over limit.'],
  500: ['Internal Server Error', 'An unexpected response was received from the backend.'],
  502: ['Bad Gateway', 'The backend is unreachable.'],
  503: ['Service Unavailable', 'The backend is overloaded.'],
  504: ['Gateway Timeout', 'The backend did not answer in time.'],
};

export function ok(body: unknown): Answer {
  return { status: 200, body };
}

/** An error in Blockfrost's shape, by default with the service's usual message for the status. */
export function failure(status: number, message?: string): Answer {
  const [error, usual] = ERRORS[status] ?? ['Error', `Status ${status}.`];
  return { status, body: { status_code: status, error, message: message ?? usual } };
}

export function notFound(): Answer {
  return failure(404);
}

/** `ok` with the value, or 404 when it is undefined. */
export function found(value: unknown): Answer {
  return value === undefined ? notFound() : ok(value);
}
