import { createHash, randomBytes } from 'node:crypto';
import { type PaymentRequest, parseOutRef, type TxHash } from '@x402-facilitator/cardano';
import { createKeyStore, type KeyStore } from '@x402-facilitator/journal';
import { startRedis } from '@x402-facilitator/tools/redis';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { KEYS_FRESH_MS } from '../src/keys/registry.js';
import { type Harness, NETWORK, startHarness, transactionIn } from './support/harness.js';
import { type Answer, paymentRequest, post, send } from './support/requests.js';
import { type RunningApi, startApi } from './support/start-api.js';

const digestOf = (key: string) => createHash('sha256').update(key).digest('hex');
const ODD = 'Größe {x402}:"1"\n';
const settings = {
  X402_SECURITY__STORED_KEYS: 'true',
  X402_SECURITY__API_KEYS: JSON.stringify([
    { name: 'configured', sha256: digestOf('configured-key') },
    { name: ODD, sha256: digestOf('odd-key') },
  ]),
};

let harness: Harness;
let api: RunningApi;
let replica: RunningApi;
let keys: KeyStore;
beforeAll(async () => {
  harness = await startHarness();
  keys = createKeyStore(harness.redis);
  api = await harness.startApi(settings);
  replica = await harness.startApi(settings);
});
afterAll(() => harness.close());

/** Another good payment that spends the same money. */
function rivalOf(request: PaymentRequest): Promise<PaymentRequest> {
  const nonce = String(request.paymentPayload.payload.nonce);
  const outRef = parseOutRef(nonce);
  if (outRef === undefined) throw new Error(`no output in ${nonce}`);
  return harness.pay({
    nonce: () => nonce,
    // Another TTL makes another transaction.
    transaction: ({ spec }) => ({ ...spec, inputs: [outRef], ttl: Number(spec.ttl) - 60 }),
  });
}

let made = 0;
/** A new key of its own name. */
async function makeKey(patch: unknown = {}) {
  made += 1;
  const created = await keys.create({ name: `key-${made}`, role: 'caller', settings: patch });
  if (!created.ok) throw new Error(created.error.message);
  const { key, secret } = created.value;
  return { name: key.name, secret };
}
const as = (secret: string | undefined): Readonly<Record<string, string>> =>
  secret === undefined ? {} : { authorization: `Bearer ${secret}` };
const verify = (request: unknown, secret?: string, at = api) => post(`${at.url}/verify`, request, as(secret));
const settle = (request: unknown, secret?: string, at = api, headers = {}) =>
  post(`${at.url}/settle`, request, { ...as(secret), prefer: 'respond-async', ...headers });
const usageOf = async (secret: string | undefined, at = api) =>
  send(`${at.url}/usage`, { headers: as(secret) });
const onDay = async (secret: string): Promise<Record<string, unknown>> => {
  const { body } = await usageOf(secret);
  return (
    (body as { networks: Record<string, { day: Record<string, unknown> }> }).networks[NETWORK]?.day ?? {}
  );
};
const settlementsOf = async (secret: string) => (await onDay(secret)).settlements;
const changed = () => new Promise((resolve) => setTimeout(resolve, KEYS_FRESH_MS + 100));
/** What of an answer does not depend on the request's id and time. */
const shown = ({ status, body, headers }: Answer) => ({
  status,
  body,
  headers: [...headers.keys()].filter((name) => !name.startsWith('ratelimit')),
  type: headers.get('content-type'),
  cache: headers.get('cache-control'),
  retry: headers.get('retry-after'),
});

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
    const off = await harness.startApi({ X402_SECURITY__API_KEYS: settings.X402_SECURITY__API_KEYS });
    const { secret } = await makeKey();
    expect((await verify('{}', secret, off)).status).toBe(401);
    expect((await usageOf('configured-key', off)).status).toBe(404);
    const { body } = await send(`${off.url}/openapi.json`);
    expect(Object.keys(body.paths as object)).not.toContain('/usage');
  });

  test('that was revoked, replaced or never was is 401 on every replica within the time stated, and says which', async () => {
    const { name, secret } = await makeKey();
    const rotated = await keys.rotate(name, 3_600_000);
    if (!rotated.ok) throw new Error('not rotated');
    for (const at of [api, replica])
      for (const key of [secret, rotated.value.secret]) {
        await expect.poll(async () => (await verify('{}', key, at)).status).toBe(400);
      }
    await keys.rotate(name, 0);
    await changed();
    expect((await verify('{}', secret)).body).toEqual({
      error: 'unauthorized',
      message: 'the key in the Authorization header is not known here',
    });
    await keys.revoke(name, 'stolen');
    await changed();
    const again = await keys.rotate(name, 0);
    expect(again.ok).toBe(false);
    const other = await makeKey();
    await keys.revoke(other.name, 'the reason is not told');
    await changed();
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
    await changed();
    expect((await verify('{}', double.value.secret)).status).toBe(401);
    expect((await verify('{}', 'configured-key')).status).toBe(400);
    expect(JSON.stringify(api.log)).toContain('has the name of a configured one');
  });

  test('is guessed no faster than any key: misses count by address, and a neighbour with a right key is let through', async () => {
    const { secret } = await makeKey();
    const limited = await harness.startApi({ ...settings, X402_RATE_LIMIT__SENSITIVE: '5' });
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
    const away = await startApi({ redisUrl: server.url, chainUrl: harness.devnet.url }, settings);
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
  const elsewhere = 'addr_test1vqg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygxrcya6';
  test.each([
    ['network', { allowed: { networks: ['cardano:preprod'] } }],
    ['asset', { allowed: { assets: [`${'ab'.repeat(28)}.`] } }],
    ['pay_to', { allowed: { payTos: [elsewhere] } }],
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
    await changed();
    expect((await settle(request, secret)).status).toBe(202);
    expect((await settle(await harness.pay(), secret)).body.errorReason).toBe('key_pay_to_not_allowed');
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

describe('a private key’s settlement', () => {
  let owner: { readonly name: string; readonly secret: string };
  let rival: { readonly name: string; readonly secret: string };
  let request: PaymentRequest;
  let transaction: TxHash;
  const unknown = 'cd'.repeat(32);
  beforeAll(async () => {
    owner = await makeKey({ public: false });
    rival = await makeKey();
    request = await harness.pay();
    transaction = transactionIn((await settle(request, owner.secret)).body);
  });
  const others = () => [rival.secret, 'configured-key', undefined];

  test('is seen by its key alone, at every address: to others it is as one that is not known', async () => {
    await harness.advance(transaction, 'submitting', 'submitted', 'included');
    for (const [path, accept] of [
      ['', 'application/json'],
      ['?wait=5', 'application/json'],
      ['/events', 'text/event-stream'],
      ['/receipt', 'application/json'],
    ] as const) {
      const at = async (id: string, secret: string | undefined) =>
        shown(await send(`${replica.url}/status/${id}${path}`, { headers: { ...as(secret), accept } }));
      for (const secret of others()) {
        const hidden = await at(transaction, secret);
        const absent = await at(unknown, secret);
        expect(hidden.status).toBe(404);
        expect(JSON.stringify(hidden).replaceAll(transaction, unknown)).toBe(JSON.stringify(absent));
      }
    }
    const own = await send(`${replica.url}/status/${transaction}`, { headers: as(owner.secret) });
    expect(own.body).toMatchObject({ state: 'included', transaction });
    const events = new AbortController();
    const stream = await fetch(`${api.url}/status/${transaction}/events`, {
      headers: as(owner.secret),
      signal: events.signal,
    });
    expect(stream.status).toBe(200);
    events.abort();
    const receipt = await send(`${api.url}/status/${transaction}/receipt`, { headers: as(owner.secret) });
    expect(receipt.status).toBe(409);
  });

  test('has no page, and no POST /status, for others', async () => {
    const page = async (id: string, secret: string | undefined) => {
      const answer = await fetch(`${api.url}/status/${id}`, {
        headers: { accept: 'text/html', ...as(secret) },
      });
      return { status: answer.status, text: (await answer.text()).replaceAll(id, 'ID') };
    };
    for (const secret of others()) {
      expect(await page(transaction, secret)).toEqual(await page(unknown, secret));
      const posted = await post(`${api.url}/status`, { transaction }, as(secret));
      expect(posted.status).toBe(404);
      expect(posted.body).toMatchObject({ status: 'not_found', payer: null });
    }
    expect((await page(transaction, owner.secret)).status).toBe(200);
  });

  test('says nothing of itself to others who show the same payment, whether for the same request or another', async () => {
    const other = {
      ...request,
      paymentPayload: { ...request.paymentPayload, resource: { url: 'https://other.example' } },
    };
    for (const secret of [rival.secret, 'configured-key']) {
      const same = await settle(request, secret, replica);
      expect(same.status).toBe(200);
      expect(same.body).toEqual({
        success: false,
        errorReason: 'duplicate_settlement',
        errorMessage: `transaction ${transaction} pays for another request`,
        transaction,
        network: NETWORK,
      });
      expect(shown(same)).toEqual(shown(await settle(other, secret, replica)));
      const judged = await verify(request, secret);
      expect(judged.body).toEqual((await verify(other, secret)).body);
      expect(judged.body).toMatchObject({ isValid: false, invalidReason: 'duplicate_settlement' });
      expect(judged.body).not.toHaveProperty('extra');
    }
  });

  test('names no transaction to others whose payment meets its inputs, and does to its own key', async () => {
    const first = await harness.pay();
    const second = await rivalOf(first);
    const id = transactionIn((await settle(first, owner.secret)).body);
    for (const secret of [rival.secret, 'configured-key'])
      for (const answer of [await settle(second, secret), await verify(second, secret)]) {
        expect(JSON.stringify(answer.body)).toContain('input_reserved');
        expect(JSON.stringify(answer.body)).not.toContain(`${id} `);
        expect(JSON.stringify(answer.body)).toContain('of another caller');
      }
    expect(JSON.stringify((await verify(second, owner.secret)).body)).toContain(id);
  });

  test('gives its success to its key alone', async () => {
    await harness.advance(transaction, 'confirmed');
    for (const headers of [{}, { 'idempotency-key': 'x' }])
      expect((await settle(request, rival.secret, api, headers)).body).toMatchObject({
        success: false,
        errorReason: 'duplicate_settlement',
      });
    const won = await settle(request, owner.secret, replica);
    expect(won.body).toMatchObject({ success: true, transaction });
    expect((await settle(request, rival.secret)).body.extra).toBeUndefined();
  });

  test('shows again once its key is public, and hides once it is not', async () => {
    const statuses = async () => (await send(`${api.url}/status/${transaction}`)).status;
    await keys.change(owner.name, { public: true });
    await expect.poll(statuses).toBe(200);
    await keys.change(owner.name, { public: false });
    await expect.poll(statuses).toBe(404);
    await keys.revoke(owner.name, 'left');
    await changed();
    expect(await statuses()).toBe(404);
  });
});

test('with security.publicStatus off no key sees the settlements of another, and each its own', async () => {
  const closed = await harness.startApi({
    X402_SECURITY__API_KEYS: JSON.stringify(['one', 'two'].map((name) => ({ name, sha256: digestOf(name) }))),
    X402_SECURITY__PUBLIC_STATUS: 'false',
  });
  const request = await harness.pay();
  const id = transactionIn((await settle(request, 'one', closed)).body);
  const status = async (secret?: string) =>
    (await send(`${closed.url}/status/${id}`, { headers: as(secret) })).status;
  expect([await status('one'), await status('two'), await status()]).toEqual([200, 404, 401]);
  expect((await settle(request, 'two', closed)).body).not.toHaveProperty('extra');
});

test('a settlement of a name that is no key’s is shown to nobody where keys are stored', async () => {
  const request = await harness.pay();
  const { secret } = await makeKey();
  const id = transactionIn((await settle(request, secret)).body);
  await harness.redis.hset(`{x402}:journal:preview:settlement:${id}`, 'keyName', 'gone');
  expect((await send(`${api.url}/status/${id}`)).status).toBe(404);
});
