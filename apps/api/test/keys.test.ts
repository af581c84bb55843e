import { randomBytes } from 'node:crypto';
import { startRedis } from '@x402-facilitator/tools/redis';
import { describe, expect, onTestFinished, test } from 'vitest';
import { KEYS_FRESH_MS } from '../src/keys/registry.js';
import { NETWORK, transactionIn } from './support/harness.js';
import { as, digestOf, ELSEWHERE, KEY_SETTINGS, ODD, useKeys } from './support/keys.js';
import { paymentRequest, post, send } from './support/requests.js';
import { startApi } from './support/start-api.js';

const { harness, api, replica, keys, makeKey, verify, settle } = useKeys();

const usageOf = async (secret: string | undefined, at = api) =>
  send(`${at.url}/usage`, { headers: as(secret) });
const onDay = async (secret: string): Promise<Record<string, unknown>> => {
  const { body } = await usageOf(secret);
  return (
    (body as { networks: Record<string, { day: Record<string, unknown> }> }).networks[NETWORK]?.day ?? {}
  );
};
const settlementsOf = async (secret: string) => (await onDay(secret)).settlements;

describe('a stored key', () => {
  test('lets its caller in on every replica, beside the configured ones', async () => {
    const { secret } = await makeKey();
    for (const at of [api, replica])
      for (const key of [secret, 'configured-key']) expect((await verify('{}', key, at)).status).toBe(400);
    expect((await verify('{}')).status).toBe(401);
  });

  test('is needed by verify, settle and usage as soon as keys are stored, though none is configured', async () => {
    const alone = await harness.startApi({ X402_SECURITY__STORED_KEYS: 'true' });
    for (const answer of [await verify('{}', undefined, alone), await settle('{}', undefined, alone)])
      expect(answer.status).toBe(401);
    expect(await usageOf(undefined, alone)).toMatchObject({ status: 401 });
    const { secret } = await makeKey();
    expect((await settle('{}', secret, alone)).status).toBe(400);
  });

  test('is not known without security.storedKeys, and there is no /usage', async () => {
    const off = await harness.startApi({ X402_SECURITY__API_KEYS: KEY_SETTINGS.X402_SECURITY__API_KEYS });
    const { secret } = await makeKey();
    expect((await verify('{}', secret, off)).status).toBe(401);
    expect((await usageOf('configured-key', off)).status).toBe(404);
    const { body } = await send(`${off.url}/openapi.json`);
    expect(Object.keys(body.paths as object)).not.toContain('/usage');
  });

  test('that was revoked, replaced or never was is 401 on every replica within the time stated, and says which', async () => {
    // The half second itself is tested: a poll would also take an answer that comes later.
    const timeStated = () => new Promise((resolve) => setTimeout(resolve, KEYS_FRESH_MS + 100));
    const { name, secret } = await makeKey();
    const rotated = await keys.rotate(name, 3_600_000);
    if (!rotated.ok) throw new Error('not rotated');
    for (const at of [api, replica])
      for (const key of [secret, rotated.value.secret]) {
        await expect.poll(async () => (await verify('{}', key, at)).status).toBe(400);
      }
    await keys.rotate(name, 0);
    await timeStated();
    expect((await verify('{}', secret)).body).toEqual({
      error: 'unauthorized',
      message: 'the key in the Authorization header is not known here',
    });
    await keys.revoke(name, 'stolen');
    const again = await keys.rotate(name, 0);
    expect(again.ok).toBe(false);
    const other = await makeKey();
    for (const at of [api, replica]) expect((await verify('{}', other.secret, at)).status).toBe(400);
    await keys.revoke(other.name, 'the reason is not told');
    await timeStated();
    for (const at of [api, replica]) {
      const answer = await verify('{}', other.secret, at);
      expect(answer.status).toBe(401);
      expect(answer.body.message).toMatch(/^the key in the Authorization header was revoked at 20\d\d-/);
      expect(answer.headers.get('www-authenticate')).toContain('Bearer');
    }
  });

  test('ends beside a new secret by the clock of Redis', async () => {
    const { name, secret } = await makeKey();
    await keys.rotate(name, 700);
    await expect
      .poll(async () => (await verify('{}', secret)).body.message)
      .toMatch(/was replaced by another one, and ended at /);
  });

  test('of an admin pays nothing', async () => {
    const admin = await keys.create({ name: 'boss', role: 'admin' });
    if (!admin.ok) throw new Error('not made');
    for (const path of ['/verify', '/settle'])
      expect(await post(api.url + path, '{}', as(admin.value.secret))).toMatchObject({ status: 401 });
    expect((await usageOf(admin.value.secret)).status).toBe(401);
  });

  test('of the name of a configured key is not accepted, and the log says so', async () => {
    const double = await keys.create({ name: 'configured', role: 'caller' });
    if (!double.ok) throw new Error('not made');
    const tryIt = () => verify('{}', double.value.secret);
    // It is looked up when it is tried, and then the log says so.
    await expect
      .poll(async () => {
        await tryIt();
        return JSON.stringify(api.log);
      })
      .toContain('has the name of a configured one');
    expect((await tryIt()).status).toBe(401);
    expect((await verify('{}', 'configured-key')).status).toBe(400);
  });

  test('is guessed no faster than any key: misses count by address, and a neighbour with a right key is let through', async () => {
    const { secret } = await makeKey();
    const limited = await harness.startApi({ ...KEY_SETTINGS, X402_RATE_LIMIT__SENSITIVE: '5' });
    const guesses = await Promise.all(
      Array.from({ length: 20 }, () =>
        verify('{}', `x402_${randomBytes(32).toString('base64url')}`, limited),
      ),
    );
    expect(guesses.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(5);
    expect(guesses.filter(({ status }) => status === 429).length).toBeGreaterThanOrEqual(15);
    expect((await verify('{}', secret, limited)).status).toBe(400);
  });

  test('carries its own rate limits', async () => {
    const { secret } = await makeKey({ rateLimit: { sensitive: 2 } });
    const statuses = [];
    for (let call = 0; call < 3; call += 1) statuses.push((await verify('{}', secret)).status);
    expect(statuses).toEqual([400, 400, 429]);
  });

  test.each([
    'Bearer x402_',
    `Bearer ${'a'.repeat(8000)}`,
    'Bearer \u00e4',
    `Bearer ${digestOf('configured-key')}`,
  ])('is not %s', async (authorization) => {
    expect((await post(`${api.url}/verify`, '{}', { authorization })).status).toBe(401);
  });

  test('is refused with 503 while Redis is away, and a configured one is known', async () => {
    const server = await startRedis();
    const away = await startApi({ redisUrl: server.url, chainUrl: harness.devnet.url }, KEY_SETTINGS);
    onTestFinished(() => away.close());
    await server.stop();
    const answer = await verify(paymentRequest(), 'x402_some', away);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('5');
    expect((await verify('{}', 'configured-key', away)).status).toBe(400);
    expect((await usageOf('x402_some', away)).status).toBe(503);
  });
});

describe('what a key may settle', () => {
  test.each([
    ['network', { allowed: { networks: ['cardano:preprod'] } }],
    ['asset', { allowed: { assets: [`${'ab'.repeat(28)}.`] } }],
    ['pay_to', { allowed: { payTos: [ELSEWHERE] } }],
  ])('another %s is refused with a code, and nothing is claimed or counted', async (what, patch) => {
    const { secret } = await makeKey(patch);
    const request = await harness.pay();
    const code = `key_${what}_not_allowed`;
    expect((await verify(request, secret)).body).toMatchObject({ isValid: false, invalidReason: code });
    const settled = await settle(request, secret);
    expect(settled).toMatchObject({
      status: 200,
      body: { success: false, errorReason: code, transaction: '' },
    });
    expect(await settlementsOf(secret)).toMatchObject({ used: 0 });
    const { secret: other } = await makeKey();
    expect((await settle(request, other)).status).toBe(202);
  });

  test('what it may, it settles; what it has claimed stays its own when its operator changes his mind', async () => {
    const request = await harness.pay();
    const { payTo, asset, network } = request.paymentRequirements;
    const { name, secret } = await makeKey({
      allowed: { payTos: [String(payTo)], assets: [asset], networks: [network] },
    });
    expect((await verify(request, secret)).body.isValid).toBe(true);
    expect((await settle(request, secret)).status).toBe(202);
    await keys.change(name, { allowed: { payTos: [] } });
    const next = await harness.pay();
    await expect
      .poll(async () => (await verify(next, secret)).body.invalidReason)
      .toBe('key_pay_to_not_allowed');
    expect((await settle(request, secret)).status).toBe(202);
    expect((await settle(next, secret)).body.errorReason).toBe('key_pay_to_not_allowed');
  });
});

describe('a quota', () => {
  test('of settlements that is reached is 429 with its own code, when it ends, and Retry-After until then', async () => {
    const { secret } = await makeKey({ quotas: { [NETWORK]: { settlements: { day: 2 } } } });
    const first = await harness.pay();
    expect((await settle(first, secret)).status).toBe(202);
    expect((await settle(await harness.pay(), secret, replica)).status).toBe(202);
    const refused = await settle(await harness.pay(), secret);
    expect(refused.status).toBe(429);
    const { endsAt } = (refused.body as { quota: { endsAt: string } }).quota;
    expect(refused.body).toMatchObject({
      error: 'quota_reached',
      quota: { what: 'settlements', period: 'day', limit: '2', used: '2' },
    });
    expect(endsAt).toMatch(/T00:00:00\.000Z$/);
    const left = (Date.parse(endsAt) - Date.now()) / 1000;
    expect(Math.abs(Number(refused.headers.get('retry-after')) - left)).toBeLessThan(5);
    // The same call costs nothing, and neither does another key.
    expect((await settle(first, secret)).status).toBe(202);
    expect(await settlementsOf(secret)).toMatchObject({ used: 2, limit: 2, left: 0 });
    expect((await settle(await harness.pay(), (await makeKey()).secret)).status).toBe(202);
    const metrics = await (await fetch(`${api.url}/metrics`)).text();
    expect(metrics).toMatch(/key_refusals_total\{reason="settlements"[^}]*\} [1-9]/);
  });

  test('of volume counts the payment’s own amount', async () => {
    const { secret } = await makeKey({
      quotas: { [NETWORK]: { volume: { lovelace: { month: '3999999' } } } },
    });
    expect((await settle(await harness.pay(), secret)).status).toBe(202);
    expect(await settle(await harness.pay(), secret)).toMatchObject({
      status: 429,
      body: {
        quota: { what: 'volume', period: 'month', asset: 'lovelace', limit: '3999999', used: '2000000' },
      },
    });
    const { volume } = await onDay(secret);
    expect(volume).toEqual([{ asset: 'lovelace', used: '2000000', confirmed: '0', limit: null, left: null }]);
  });

  test('of verifications is exact over both replicas', async () => {
    const { secret } = await makeKey({ quotas: { [NETWORK]: { verifications: { day: 10 } } } });
    const request = paymentRequest();
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => verify(request, secret, index % 2 === 0 ? api : replica)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
    const [refused] = answers.filter(({ status }) => status === 429);
    expect(refused?.body).toMatchObject({
      error: 'quota_reached',
      quota: { what: 'verifications', used: '10' },
    });
    expect((await onDay(secret)).verifications).toEqual({ used: 10, limit: 10, left: 0 });
  });

  test('is released when the payment ends unpaid, and what a revoked key has claimed goes on', async () => {
    const { name, secret } = await makeKey({ quotas: { [NETWORK]: { settlements: { month: 1 } } } });
    const id = transactionIn((await settle(await harness.pay(), secret)).body);
    expect((await settle(await harness.pay(), secret)).status).toBe(429);
    await harness.advance(id, 'submitting', 'failed');
    const second = await harness.pay();
    const kept = transactionIn((await settle(second, secret)).body);
    await keys.revoke(name, 'gone');
    expect((await settle(await harness.pay(), secret)).status).toBe(401);
    await harness.advance(kept, 'submitting', 'submitted', 'included', 'confirmed');
  });
});

describe('/usage', () => {
  test('is the key’s own, in the shape of its schema, and nobody else’s', async () => {
    const { name, secret } = await makeKey();
    const { secret: other } = await makeKey();
    await settle(await harness.pay(), secret);
    const own = await usageOf(secret, replica);
    expect(own.body.key).toBe(name);
    expect(own.headers.get('cache-control')).toBe('no-store');
    expect(await settlementsOf(secret)).toEqual({
      used: 1,
      pending: 1,
      confirmed: 0,
      failed: 0,
      expired: 0,
      limit: null,
      left: null,
    });
    expect(await settlementsOf(other)).toMatchObject({ used: 0 });
    for (const path of [`/usage/${name}`, `/usage?key=${name}`, `/usage?name=${name}`]) {
      const { body, status } = await send(api.url + path, { headers: as(other) });
      expect(status === 404 || body.key !== name).toBe(true);
    }
    for (const secretOf of [undefined, 'x402_wrong', digestOf(secret)])
      expect((await usageOf(secretOf)).status).toBe(401);
  });

  test('counts a configured key too, whatever characters its name has', async () => {
    await settle(await harness.pay(), 'odd-key');
    expect((await usageOf('odd-key')).body.key).toBe(ODD);
    expect(await settlementsOf('odd-key')).toMatchObject({ used: 1, limit: null });
    expect(await settlementsOf('configured-key')).toMatchObject({ used: 0 });
  });
});
