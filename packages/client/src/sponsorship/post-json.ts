import { printable } from '../printable.js';
import { readTextAtMost } from '../read-at-most.js';
import { within } from '../within.js';

/** The address comes from a stranger, so the answer must not be slow, large or redirected. */
const DEFAULT_TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 16_384;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

export type PostOptions = {
  readonly fetch: typeof globalThis.fetch;
  /** For the whole call, to the last byte of the answer. */
  readonly timeoutMs?: number | undefined;
};

/**
 * Posts to an address that a server named: only over HTTPS or to this machine, without redirects, and with a time
 * limit.
 *
 * @throws Error with what was expected and what was found.
 */
export async function postJson(
  url: string,
  body: unknown,
  { fetch, timeoutMs = DEFAULT_TIMEOUT_MS }: PostOptions,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const target = safeUrl(url);
  return within(timeoutMs, async (signal) => {
    try {
      const response = await fetch(target, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        redirect: 'manual',
        signal,
      });
      const { status } = response;
      if (response.type === 'opaqueredirect' || (status >= 300 && status < 400)) {
        await response.body?.cancel();
        throw new Error(`expected an answer from ${target.host} itself, found a redirect (${status})`);
      }
      return { status, body: parse(await readTextAtMost(response, MAX_ANSWER_BYTES, signal), status) };
    } catch (error) {
      if (!signal.aborted) throw error;
      throw new Error(`expected an answer from ${target.host} within ${timeoutMs} ms, found none`, {
        cause: error,
      });
    }
  });
}

function safeUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.test(url.hostname));
  if (url === undefined || !isSafe || url.username !== '' || url.password !== '')
    throw new Error(`expected an https address without a password, found ${printable(text)}`);
  return url;
}

function parse(text: string, status: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`expected JSON, found ${status} with ${printable(text)}`);
  }
}
