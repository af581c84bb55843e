import { lastingHeaders, type RecordedAnswer } from '../delivery/index.js';

/** Reads a response whole; a copy of it, so that it can still be sent. */
export async function recordResponse(response: Response): Promise<RecordedAnswer> {
  return {
    status: response.status,
    headers: lastingHeaders(response.headers),
    body: new Uint8Array(await response.clone().arrayBuffer()),
  };
}

/** Statuses that have no body. */
const WITHOUT_BODY = new Set([101, 204, 205, 304]);

export function responseOf({ status, headers, body }: RecordedAnswer): Response {
  return new Response(WITHOUT_BODY.has(status) ? null : Uint8Array.from(body), {
    status,
    headers: new Headers(headers.map(([name, value]) => [name, value])),
  });
}
