import { createHash } from 'node:crypto';
import { createKeyStore } from '@x402-facilitator/journal';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Harness, NETWORK, startHarness } from './support/harness.js';
import { post, send } from './support/requests.js';
import type { RunningApi } from './support/start-api.js';

const digestOf = (key: string) => createHash('sha256').update(key).digest('hex');

let harness: Harness;
let api: RunningApi;
let admin: string;
let at: string;
beforeAll(async () => {
  harness = await startHarness();
  api = await harness.startApi({
    X402_SECURITY__STORED_KEYS: 'true',
    X402_SECURITY__API_KEYS: JSON.stringify([{ name: 'configured', sha256: digestOf('configured-key') }]),
    X402_SECURITY__OPERATOR_KEYS: JSON.stringify([{ name: 'ada', sha256: digestOf('operator-key') }]),
    X402_METRICS__PORT: '0',
  });
  at = `${api.metricsUrl}/admin/api/keys`;
  const made = await createKeyStore(harness.redis).create({ name: 'boss', role: 'admin' });
  if (!made.ok) throw new Error('not made');
  admin = made.value.secret;
});
afterAll(() => harness.close());

const by = (secret: string) => ({ authorization: `Bearer ${secret}` });
const change = (method: string, path: string, body: unknown, secret = admin) =>
  send(at + path, {
    method,
    headers: { 'content-type': 'application/json', ...by(secret) },
    body: JSON.stringify(body),
  });
const make = (name: string, settings: unknown = {}) => change('POST', '', { name, settings });
const verifyWith = async (secret: unknown) =>
  (await post(`${api.url}/verify`, '{}', by(String(secret)))).status;

test('makes, shows, changes, rotates and revokes a key, and tells each secret once', async () => {
  const made = await make('shop', { quotas: { [NETWORK]: { settlements: { day: 5 } } } });
  expect(made.status).toBe(201);
  const first = made.body.secret;
  expect(await verifyWith(first)).toBe(400);

  const changed = await change('PATCH', '/shop', {
    public: false,
    quotas: { [NETWORK]: { settlements: { month: 9 } } },
  });
  expect(changed.body).toMatchObject({
    key: { settings: { public: false, quotas: { [NETWORK]: { settlements: { day: 5, month: 9 } } } } },
  });
  const rotated = await change('POST', '/shop/rotate', {});
  expect(await verifyWith(rotated.body.secret)).toBe(400);
  expect(await verifyWith(first)).toBe(400);

  const shown = await send(`${at}/shop`, { headers: by(admin) });
  const listed = await send(at, { headers: by(admin) });
  expect(shown.body).toMatchObject({
    key: { name: 'shop', oldSecretEndsAt: expect.any(String), revoked: null },
  });
  expect(listed.body).toMatchObject({ keys: expect.arrayContaining([shown.body.key]), unreadable: [] });
  for (const secret of [first, rotated.body.secret])
    expect(JSON.stringify([shown.body, listed.body, api.log])).not.toContain(String(secret).slice(5));

  const revoked = await change('POST', '/shop/revoke', { reason: 'moved away' });
  expect(revoked.body).toMatchObject({ key: { revoked: { reason: 'moved away' } } });
  await expect.poll(() => verifyWith(rotated.body.secret)).toBe(401);
  expect((await change('POST', '/shop/rotate', {})).body.error).toBe('key_revoked');
  expect(JSON.stringify(api.log)).toContain('"admin":"boss"');
});

test('shows a key’s usage', async () => {
  const { body } = await make('user');
  await post(`${api.url}/settle`, await harness.pay(), {
    ...by(String(body.secret)),
    prefer: 'respond-async',
  });
  const usage = await send(`${at}/user/usage`, { headers: by(admin) });
  expect(usage.body).toMatchObject({
    key: 'user',
    networks: { [NETWORK]: { day: { settlements: { used: 1 } } } },
  });
});

test('opens to admins and operators alone, by a header', async () => {
  const { secret } = (await make('caller')).body;
  expect((await send(at, { headers: by('operator-key') })).status).toBe(200);
  for (const headers of [
    {},
    by('configured-key'),
    by(String(secret)),
    by('x402_wrong'),
    by(digestOf(admin)),
    { cookie: `__Host-x402-operator=${admin}` },
  ]) {
    const answer = await send(at, { headers: headers as Record<string, string> });
    expect(answer.status).toBe(401);
    expect(answer.body).toMatchObject({ error: 'unauthorized' });
  }
  // Where callers are it is not served.
  expect((await send(`${api.url}/admin/api/keys`, { headers: by(admin) })).status).toBe(404);
});

test('neither shows, makes nor changes the keys of admins', async () => {
  await createKeyStore(harness.redis).create({ name: 'second', role: 'admin' });
  expect(JSON.stringify((await send(at, { headers: by(admin) })).body)).not.toContain('second');
  expect((await send(`${at}/second`, { headers: by(admin) })).status).toBe(404);
  for (const [method, path, body] of [
    ['PATCH', '/second', { public: false }],
    ['POST', '/second/rotate', {}],
    ['POST', '/boss/revoke', { reason: 'x' }],
  ] as const)
    expect((await change(method, path, body)).status).toBe(404);
  expect((await change('POST', '', { name: 'third', role: 'admin' })).status).toBe(400);
});

test('an admin’s key that was revoked opens nothing within the time stated', async () => {
  const store = createKeyStore(harness.redis);
  const lost = await store.create({ name: 'lost', role: 'admin' });
  if (!lost.ok) throw new Error('not made');
  const status = async () => (await send(at, { headers: by(lost.value.secret) })).status;
  expect(await status()).toBe(200);
  await store.revoke('lost', 'stolen');
  await expect.poll(status).toBe(401);
});

test.each([
  [409, 'configured', {}],
  [400, 'with space', {}],
  [400, 'a/b', {}],
  [400, 'odd', { allowed: { assets: ['ADA'] } }],
  [400, 'odd', { digests: [] }],
])('%i: %s with %j', async (status, name, settings) => {
  expect((await make(name, settings)).status).toBe(status);
});

test('refuses a name that is taken, one that is unknown, and bodies of another shape', async () => {
  await make('once');
  expect((await make('once')).body.error).toBe('key_exists');
  expect((await change('PATCH', '/nobody', {})).status).toBe(404);
  expect((await change('POST', '/once/revoke', {})).status).toBe(400);
  expect((await change('POST', '/once/rotate', { overlapSeconds: -1 })).status).toBe(400);
  expect((await change('PATCH', '/once', [])).status).toBe(400);
  expect((await change('PATCH', '/once', { role: 'admin' })).status).toBe(400);
});
