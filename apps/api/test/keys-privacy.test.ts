import { outRefKey, type PaymentRequest, parseOutRef, type TxHash } from '@x402-facilitator/cardano';
import { PAYER } from '@x402-facilitator/cardano/testing';
import { createSponsorshipStore } from '@x402-facilitator/journal';
import { claimOf } from '@x402-facilitator/journal/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import { NETWORK, transactionIn } from './support/harness.js';
import { as, digestOf, ELSEWHERE, KEY_SETTINGS, useKeys } from './support/keys.js';
import { type Answer, post, send } from './support/requests.js';

const { harness, api, replica, keys, makeKey, verify, settle } = useKeys();

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

/** What of an answer does not depend on the request's id and time. */
const shown = ({ status, body, headers }: Answer) => ({
  status,
  body,
  headers: [...headers.keys()].filter((name) => !name.startsWith('ratelimit')),
  type: headers.get('content-type'),
  cache: headers.get('cache-control'),
  retry: headers.get('retry-after'),
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
    await expect.poll(async () => (await verify('{}', owner.secret)).status).toBe(401);
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

test('a private key’s sponsored fees are seen by it alone, and cost no more than its own budget', async () => {
  const sponsored = await harness.startApi({ ...KEY_SETTINGS, X402_SPONSORSHIP__ENABLED: 'true' });
  const store = createSponsorshipStore({ redis: harness.redis, network: NETWORK });
  await harness.redis.set('{x402}:journal:preview:lease-fence', 1);
  const outputs = [1, 2, 3].map((index) => ({
    output: outRefKey({ txHash: 'ee'.repeat(32) as TxHash, index }),
    lovelace: 5_000_000n,
  }));
  await store.publishPool({
    fence: 1,
    ttlMs: 600_000,
    changeAddress: ELSEWHERE,
    size: 20,
    coinsPerUtxoByte: 4310n,
    outputs,
  });
  const request = await harness.pay();
  const order = {
    network: NETWORK,
    paymentRequirements: request.paymentRequirements,
    payer: PAYER.address(0),
  };
  const reserve = (secret: string) => post(`${sponsored.url}/sponsorships`, order, as(secret));
  const { secret } = await makeKey({ public: false, sponsorshipLovelacePerDay: 400_000 });
  const { secret: rival } = await makeKey({ sponsorshipLovelacePerDay: 399_999 });
  const reserved = await reserve(secret);
  expect(reserved.status).toBe(201);
  expect(await reserve(rival)).toMatchObject({
    status: 429,
    body: { error: 'sponsorship_limit_reached', message: expect.stringContaining('of this caller') },
  });
  const read = async (id: unknown, as_: string) =>
    shown(await send(`${sponsored.url}/sponsorships/${String(id)}`, { headers: as(as_) }));
  expect((await read(reserved.body.id, secret)).status).toBe(200);
  expect(await read(reserved.body.id, rival)).toEqual(await read('00'.repeat(16), rival));
});

test('why a private key’s payment is not listed is told to it alone', async () => {
  const listing = await harness.startApi({ ...KEY_SETTINGS, X402_DISCOVERY__ENABLED: 'true' });
  const { name, secret } = await makeKey({ public: false });
  const { secret: rival } = await makeKey();
  const url = 'https://private.example/data';
  const bounds = { maxResources: 10, maxPerHost: 10, expireMs: 86_400_000 };
  const refusal = { code: 'malformed', message: 'found none' };
  const claim = claimOf(7, { keyName: name, discovery: { kind: 'refusal', url, refusal, ...bounds } });
  await harness.journal.claim(claim);
  await harness.advance(claim.txHash, 'submitting', 'submitted', 'included', 'confirmed');
  const told = async (viewer: string | undefined, resource = url) =>
    (
      await send(`${listing.url}/discovery/status?resource=${encodeURIComponent(resource)}`, {
        headers: as(viewer),
      })
    ).body;
  expect(await told(secret)).toMatchObject({ refusals: [{ transaction: claim.txHash }] });
  const never = await told(rival, 'https://private.example/none');
  for (const viewer of [rival, undefined]) expect(await told(viewer)).toEqual({ ...never, resource: url });
});

test('a settlement of a name that is no key’s is shown to nobody where keys are stored', async () => {
  const request = await harness.pay();
  const { secret } = await makeKey();
  const id = transactionIn((await settle(request, secret)).body);
  await harness.redis.hset(`{x402}:journal:preview:settlement:${id}`, 'keyName', 'gone');
  expect((await send(`${api.url}/status/${id}`)).status).toBe(404);
});
