import { createHash } from 'node:crypto';
import { createKeyStore, type KeyStore } from '@x402-facilitator/journal';
import { afterAll, beforeAll } from 'vitest';
import { type Harness, startHarness } from './harness.js';
import { post } from './requests.js';
import type { RunningApi } from './start-api.js';

export const digestOf = (key: string) => createHash('sha256').update(key).digest('hex');

/** The name of a configured key, whose text is `odd-key`. */
export const ODD = 'Größe {x402}:"1"\n';

/** Keys are stored, beside two configured ones. */
export const KEY_SETTINGS = {
  X402_SECURITY__STORED_KEYS: 'true',
  X402_SECURITY__API_KEYS: JSON.stringify([
    { name: 'configured', sha256: digestOf('configured-key') },
    { name: ODD, sha256: digestOf('odd-key') },
  ]),
};

/** Nobody's address. */
export const ELSEWHERE = 'addr_test1vqg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygxrcya6';

/** The headers of whoever has this key; of a stranger without one. */
export const as = (secret: string | undefined): Readonly<Record<string, string>> =>
  secret === undefined ? {} : { authorization: `Bearer ${secret}` };

/**
 * Two replicas that store keys, on one Redis. Call it once in a file, outside of its tests. The objects are filled when they
 * have started.
 */
export function useKeys() {
  const harness = {} as Harness;
  const api = {} as RunningApi;
  const replica = {} as RunningApi;
  const keys = {} as KeyStore;
  beforeAll(async () => {
    Object.assign(harness, await startHarness());
    Object.assign(keys, createKeyStore(harness.redis));
    Object.assign(api, await harness.startApi(KEY_SETTINGS));
    Object.assign(replica, await harness.startApi(KEY_SETTINGS));
  });
  afterAll(() => harness.close());

  let made = 0;
  /** A new key of its own name. */
  async function makeKey(patch: unknown = {}) {
    made += 1;
    const created = await keys.create({ name: `key-${made}`, role: 'caller', settings: patch });
    if (!created.ok) throw new Error(created.error.message);
    const { key, secret } = created.value;
    return { name: key.name, secret };
  }

  const verify = (request: unknown, secret?: string, at = api) =>
    post(`${at.url}/verify`, request, as(secret));
  const settle = (request: unknown, secret?: string, at = api, headers = {}) =>
    post(`${at.url}/settle`, request, { ...as(secret), prefer: 'respond-async', ...headers });

  return { harness, api, replica, keys, makeKey, verify, settle };
}
