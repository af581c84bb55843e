import { sha256 } from '@noble/hashes/sha2.js';
import { toHex } from '@x402-facilitator/cardano/ledger';

/** A request that can be made again, to the byte. */
export type Repeatable = {
  readonly url: string;
  readonly init: RequestInit;
  readonly body: Uint8Array;
  /** What it asks for: the same for the same method, address and body. */
  readonly what: string;
};

/**
 * Reads a request so that it can be repeated.
 *
 * @throws TypeError when its body is a stream or a form, which can be sent only once.
 */
export function repeatable(target: string | URL, init: RequestInit = {}): Repeatable {
  const url = new URL(target).href;
  const method = (init.method ?? 'GET').toUpperCase();
  const body = bytesOf(init.body);
  return { url, init, body, what: `${method} ${url} ${toHex(sha256(body))}` };
}

function bytesOf(body: RequestInit['body']): Uint8Array {
  if (body === undefined || body === null) return new Uint8Array();
  if (typeof body === 'string' || body instanceof URLSearchParams)
    return new TextEncoder().encode(String(body));
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  throw new TypeError('expected a body of text or bytes, which can be sent again, found another');
}
