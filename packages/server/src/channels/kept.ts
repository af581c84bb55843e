import { createHash } from 'node:crypto';
import type { KeptAnswer } from './store.js';

/** What an adapter of `@x402/core` hands over of an HTTP request and, once it was handled, of its answer. */
type Transport = {
  readonly request?: {
    readonly method?: string;
    readonly adapter?: { getUrl(): string; getMethod(): string; getBody?(): unknown };
  };
  readonly responseBody?: Uint8Array;
  readonly responseHeaders?: Readonly<Record<string, string>>;
};

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\b/i;
const HTML_TYPE = /^text\/html\b/i;

/** Digest of what was asked for. */
export function requestOf(transport: unknown): string {
  const { request } = (transport ?? {}) as Transport;
  const { adapter } = request ?? {};
  const body: unknown = adapter?.getBody?.();
  const asked = [adapter?.getMethod() ?? request?.method, adapter?.getUrl(), JSON.stringify(body) ?? ''];
  return createHash('sha256').update(asked.join('\n')).digest('hex');
}

/** The answer, if it can be given again: `@x402/core` writes JSON and HTML by itself, and nothing else. */
export function answerIn(
  transport: unknown,
  maxBytes: number,
): Pick<KeptAnswer, 'request' | 'contentType' | 'body'> | undefined {
  const { responseBody, responseHeaders = {} } = (transport ?? {}) as Transport;
  const [, contentType = ''] =
    Object.entries(responseHeaders).find(([name]) => name.toLowerCase() === 'content-type') ?? [];
  const isWritable = JSON_TYPE.test(contentType) || HTML_TYPE.test(contentType);
  if (responseBody === undefined || responseBody.length > maxBytes || !isWritable) return undefined;
  return { request: requestOf(transport), contentType, body: responseBody };
}

/** What `@x402/core` is to answer in place of the handler. */
export function answerAgain({ contentType, body }: KeptAnswer): { contentType: string; body: unknown } {
  const text = Buffer.from(body).toString();
  return { contentType, body: JSON_TYPE.test(contentType) ? JSON.parse(text) : text };
}
