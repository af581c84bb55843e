import { startDevnet } from '@x402-facilitator/devnet';
import { startRedis } from '@x402-facilitator/tools/redis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { paymentRequest, post, send } from './support/requests.js';
import { type RunningApi, startApi } from './support/start-api.js';

let api: RunningApi;
const closers: (() => Promise<void>)[] = [];

beforeAll(async () => {
  const redis = await startRedis();
  closers.push(() => redis.stop());
  const devnet = await startDevnet({ blockMs: 0 });
  closers.push(() => devnet.close());
  api = await startApi({ redisUrl: redis.url, chainUrl: devnet.url });
  closers.unshift(() => api.close());
});

afterAll(async () => {
  for (const close of closers) await close();
});

const nested = (open: string, close: string, depth: number) => open.repeat(depth) + close.repeat(depth);
const request = paymentRequest();
const requirements = request.paymentRequirements as Record<string, unknown>;
const payload = request.paymentPayload as Record<string, unknown>;

/** Bodies that do not have the endpoint's shape, and the message for each. */
const MALFORMED: readonly (readonly [string, string | Uint8Array, RegExp])[] = [
  ['nothing', '', /^body: expected/],
  ['null', 'null', /^body: expected object, found null$/],
  ['a list', '[]', /^body: expected object, found array$/],
  ['a string', '"x"', /^body: expected object, found string$/],
  ['a number', '1e400', /^body: expected a number/],
  ['an empty object', '{}', /^paymentPayload: expected object, found nothing; paymentRequirements: expected/],
  ['broken JSON', '{"x402Version":2,', /^body: expected JSON, found a syntax error$/],
  ['bytes that are not UTF-8', Uint8Array.of(0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d), /^body: expected UTF-8/],
  ['lists in lists', nested('[', ']', 50_000), /levels of nesting/],
  ['objects in objects', `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`, /levels of nesting/],
  [
    'a __proto__ key',
    JSON.stringify(request).replace('"x402Version":2', '"__proto__":{"x402Version":2}'),
    /__proto__ is not allowed$/,
  ],
  [
    'an amount that is a number',
    JSON.stringify({ ...request, paymentRequirements: { ...requirements, amount: 2_000_000 } }),
    /^paymentRequirements\.amount: expected string, found number$/,
  ],
  [
    'a number without end',
    JSON.stringify(request).replace('"maxTimeoutSeconds":300', '"maxTimeoutSeconds":1e999'),
    /maxTimeoutSeconds: expected a number/,
  ],
  [
    'a payload that is a list',
    JSON.stringify({ ...request, paymentPayload: { ...payload, payload: [1] } }),
    /^paymentPayload\.payload: expected record, found array$/,
  ],
];

describe.each(['/verify', '/settle'])('%s', (path) => {
  const reasonOf = (body: Record<string, unknown>) => body.invalidReason ?? body.errorReason;
  const messageOf = (body: Record<string, unknown>) => body.invalidMessage ?? body.errorMessage;

  test.each(MALFORMED)(
    'answers %s with 400 and says what is wrong and where',
    async (_name, body, message) => {
      const answer = await post(api.url + path, body);
      expect(answer.status).toBe(400);
      expect(reasonOf(answer.body)).toBe('invalid_exact_cardano_payload');
      expect(messageOf(answer.body)).toMatch(message);
    },
  );

  const ofVersion1 = {
    x402Version: 1,
    paymentPayload: { x402Version: 1, scheme: 'exact', network: 'cardano-preview', payload: {} },
    paymentRequirements: { scheme: 'exact', network: 'cardano-preview', maxAmountRequired: '1' },
  };

  test.each([
    ['a body of x402 version 1', ofVersion1, 'x402Version: expected 2, found 1'],
    [
      'a payload of version 1 alone',
      { ...ofVersion1, x402Version: undefined },
      'paymentPayload.x402Version: expected 2, found 1',
    ],
    [
      'an envelope of version 1 around a payment of version 2',
      { ...request, x402Version: 1 },
      'x402Version: expected 2, found 1',
    ],
  ])('says of %s which version it is, before anything else', async (_name, body, message) => {
    const answer = await post(api.url + path, body);
    expect(answer.status).toBe(200);
    expect(answer.body.isValid ?? answer.body.success).toBe(false);
    expect(reasonOf(answer.body)).toBe('invalid_exact_cardano_payload_unsupported_version');
    expect(messageOf(answer.body)).toBe(message);
  });

  test('answers ten megabytes with 413', async () => {
    const answer = await post(api.url + path, JSON.stringify({ a: 'x'.repeat(10 * 1024 * 1024) }));
    expect(answer.status).toBe(413);
    expect(reasonOf(answer.body)).toBe('invalid_exact_cardano_payload');
    expect(messageOf(answer.body)).toBe('body: larger than this facilitator accepts');
  });

  test.each(['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'nonsense'])(
    'answers a body of type %s with 415',
    async (type) => {
      const answer = await post(api.url + path, JSON.stringify(request), { 'content-type': type });
      expect(answer.status).toBe(415);
      expect(reasonOf(answer.body)).toBe('invalid_exact_cardano_payload');
      expect(messageOf(answer.body)).toMatch(/^content-type: expected application\/json/);
    },
  );

  test('answers no body at all with 400', async () => {
    const answer = await send(api.url + path, { method: 'POST' });
    expect(answer.status).toBe(400);
    expect(reasonOf(answer.body)).toBe('invalid_exact_cardano_payload');
  });

  test.each([
    ['no base64', { transaction: '!!!', nonce: `${'ab'.repeat(32)}#0` }],
    ['no strings', { transaction: { a: 1 }, nonce: ['x'] }],
    ['nothing', {}],
    ['a constructor', { transaction: 'AAAA', nonce: 'x', constructor: { prototype: { polluted: true } } }],
    ['two hundred thousand characters', { transaction: 'A'.repeat(200_000), nonce: `${'ab'.repeat(32)}#0` }],
    ['a megabyte of digits', { transaction: 'AAAA', nonce: `${'ab'.repeat(32)}#${'9'.repeat(100_000)}` }],
  ])('judges a payload of %s: a verdict, not an HTTP error', async (_name, hostile) => {
    const answer = await post(api.url + path, {
      ...request,
      paymentPayload: { ...payload, payload: hostile },
    });
    expect(answer.status).toBe(200);
    expect(reasonOf(answer.body)).toMatch(/^invalid_exact_cardano_payload/);
    expect(messageOf(answer.body)).not.toBe('');
    expect({}).not.toHaveProperty('polluted');
  });
});

test('an unusable body to /settle is answered in the shape of a settlement, with the network that was meant', async () => {
  const answer = await post(`${api.url}/settle`, {
    ...request,
    paymentRequirements: { ...requirements, network: 'cip34:0-2', amount: 1 },
  });
  expect(answer.body).toEqual({
    success: false,
    errorReason: 'invalid_exact_cardano_payload',
    errorMessage: 'paymentRequirements.amount: expected string, found number',
    transaction: '',
    network: 'cardano:preview',
  });
});

test('an unusable body to /verify is answered in the shape of a verdict', async () => {
  const answer = await post(`${api.url}/verify`, '{}');
  expect(answer.body).toEqual({
    isValid: false,
    invalidReason: 'invalid_exact_cardano_payload',
    invalidMessage: expect.stringContaining('paymentPayload: '),
    payer: '',
  });
});

test('an invalid transaction id is 400 on every route', async () => {
  for (const id of ['abc', 'g'.repeat(64), 'a'.repeat(65), 'a'.repeat(5_000), '%00', '..%2f..%2fetc']) {
    const answer = await send(`${api.url}/status/${id}`);
    expect([id, answer.status]).toEqual([id, 400]);
    expect(answer.body.error).toBe('invalid_request');
  }
  const posted = await post(`${api.url}/status`, { transaction: 'abc' });
  expect(posted.status).toBe(400);
  expect(posted.body).toEqual({
    error: 'invalid_request',
    message: 'transaction: expected 64 hex characters, found 3 characters',
  });
});

test('an invalid path is answered, with the id of the request', async () => {
  const answer = await send(`${api.url}/%zz`);
  expect(answer.status).toBe(400);
  expect(answer.body.error).toBe('invalid_request');
  expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
});

test('after all of that it still works, and has logged no failure', async () => {
  expect((await send(`${api.url}/live`)).status).toBe(200);
  expect(api.log.filter((line) => line.level === 'error')).toEqual([]);
});
