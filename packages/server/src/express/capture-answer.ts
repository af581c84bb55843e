import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { lastingHeaders, type RecordedAnswer } from '../delivery/index.js';

/** Sends an answer by whatever `response` does now when it is written to. */
export function sendAnswer(response: ServerResponse, { status, headers, body }: RecordedAnswer): void {
  response.statusCode = status;
  const values = new Map<string, string[]>();
  for (const [name, value] of headers) values.set(name, [...(values.get(name) ?? []), value]);
  for (const [name, [first = '', ...others]] of values)
    response.setHeader(name, others.length === 0 ? first : [first, ...others]);
  response.setHeader('content-length', body.length);
  response.end(Buffer.from(body));
}

/**
 * Holds back what is written to `response` until it ends, then sends what `onEnd` makes of it. What grows beyond the limit
 * is not held back any longer.
 *
 * @param onPassed is told that the answer was too large to be held back.
 */
export function captureAnswer(
  response: ServerResponse,
  maxBytes: number,
  onEnd: (answer: RecordedAnswer) => Promise<RecordedAnswer>,
  onPassed: () => Promise<void>,
): void {
  // Those of the layer below: node's, or another capture's.
  const { writeHead, write, end, flushHeaders } = response;
  const chunks: Buffer[] = [];
  let bytes = 0;
  let state: 'held' | 'passed' | 'ended' = 'held';

  const restore = () => Object.assign(response, { writeHead, write, end, flushHeaders });
  const keep = (chunk: unknown, encoding: unknown) => {
    if (chunk === undefined || chunk === null) return;
    const piece =
      typeof chunk === 'string'
        ? Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
        : Buffer.from(chunk as Uint8Array);
    bytes += piece.length;
    chunks.push(piece);
  };
  const callbackOf = (...args: readonly unknown[]) =>
    args.find((each) => typeof each === 'function') as (() => void) | undefined;
  const pass = () => {
    state = 'passed';
    restore();
    for (const chunk of chunks.splice(0)) response.write(chunk);
    void onPassed();
  };

  response.writeHead = ((status: number, ...rest: unknown[]) => {
    response.statusCode = status;
    const headers = rest.find((each) => typeof each === 'object' && each !== null);
    for (const [name, value] of headerPairs(
      headers as OutgoingHttpHeaders | OutgoingHttpHeader[] | undefined,
    ))
      response.setHeader(name, value);
    return response;
  }) as ServerResponse['writeHead'];
  response.flushHeaders = () => undefined;
  response.write = ((chunk: unknown, encoding?: unknown, callback?: unknown) => {
    keep(chunk, encoding);
    if (bytes > maxBytes) pass();
    callbackOf(encoding, callback)?.();
    return true;
  }) as ServerResponse['write'];
  response.end = ((chunk?: unknown, encoding?: unknown, callback?: unknown) => {
    if (state !== 'held') return response;
    state = 'ended';
    if (typeof chunk !== 'function') keep(chunk, encoding);
    const done = callbackOf(chunk, encoding, callback);
    if (done !== undefined) response.once('finish', done);
    const answer: RecordedAnswer = {
      status: response.statusCode,
      headers: lastingHeaders(Object.entries(response.getHeaders())),
      body: Buffer.concat(chunks.splice(0)),
    };
    void onEnd(answer)
      .catch(() => answer)
      .then((final) => {
        restore();
        for (const name of response.getHeaderNames()) response.removeHeader(name);
        sendAnswer(response, final);
      });
    return response;
  }) as ServerResponse['end'];
}

function headerPairs(
  headers: OutgoingHttpHeaders | OutgoingHttpHeader[] | undefined,
): [string, OutgoingHttpHeader][] {
  if (headers === undefined) return [];
  if (!Array.isArray(headers))
    return Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  return headers.flatMap((name, index) => {
    const value = headers[index + 1];
    return index % 2 === 0 && value !== undefined
      ? [[String(name), value] as [string, OutgoingHttpHeader]]
      : [];
  });
}
