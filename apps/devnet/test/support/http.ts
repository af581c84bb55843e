import { type Devnet, startDevnet } from '@x402-facilitator/devnet';
import type { DevnetOptions } from '@x402-facilitator/devnet/testing';
import { onTestFinished } from 'vitest';

/** A devnet that ends with the test. Blocks come on request unless the options say otherwise. */
export async function devnetForTest(options: DevnetOptions = {}): Promise<Devnet> {
  const devnet = await startDevnet({ blockMs: 0, ...options });
  onTestFinished(() => devnet.close());
  return devnet;
}

export type Reply = { readonly status: number; readonly body: unknown; readonly headers: Headers };

async function replyOf(response: Response): Promise<Reply> {
  return { status: response.status, body: await response.json(), headers: response.headers };
}

/** GET below `/api/v0`. */
export async function get(
  devnet: Devnet,
  path: string,
  headers: Record<string, string> = {},
): Promise<Reply> {
  return replyOf(await fetch(devnet.url + path, { headers }));
}

/** POST of a transaction's bytes to `/tx/submit`. */
export async function submit(devnet: Devnet, transaction: Uint8Array): Promise<Reply> {
  return replyOf(
    await fetch(`${devnet.url}/tx/submit`, {
      method: 'POST',
      headers: { 'content-type': 'application/cbor' },
      body: Uint8Array.from(transaction),
    }),
  );
}

/** A call of the control API; with a body it is a POST. */
export async function control(
  devnet: Devnet,
  path: string,
  body?: unknown,
  method: 'GET' | 'POST' | 'DELETE' = body === undefined ? 'GET' : 'POST',
): Promise<Reply> {
  const json =
    body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  return replyOf(await fetch(devnet.controlUrl + path, { method, ...json }));
}
