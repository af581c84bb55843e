import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { useStack } from './support/use-stack.js';

const stack = useStack({ workers: 0, paywall: false });

const JSON_TYPE = 'application/json';

const REQUIREMENTS = {
  scheme: 'exact',
  network: 'cardano:preview',
  asset: 'lovelace',
  amount: '2000000',
  payTo: 'addr_test1vqg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygxrcya6',
  maxTimeoutSeconds: 300,
};

const ENVELOPE = {
  x402Version: 2,
  paymentPayload: {
    x402Version: 2,
    accepted: REQUIREMENTS,
    resource: { url: 'https://seller.example/thing' },
    payload: { transaction: 'hKQ=', nonce: `${'0'.repeat(64)}#0` },
  },
  paymentRequirements: REQUIREMENTS,
};

const withPayload = (payload: unknown) => ({
  ...ENVELOPE,
  paymentPayload: { ...ENVELOPE.paymentPayload, payload },
});
const withRequirements = (change: object) => ({
  ...ENVELOPE,
  paymentRequirements: { ...REQUIREMENTS, ...change },
});
const nested = (depth: number, open: string, close: string, core = '1') =>
  open.repeat(depth) + core + close.repeat(depth);
/** An envelope whose `where` is replaced by text that JSON.stringify would never write. */
const raw = (where: unknown, text: string) => JSON.stringify(where).replace('"REPLACED"', text);

const BODIES: readonly (readonly [what: string, body: string | Uint8Array, contentType?: string])[] = [
  ['nothing', ''],
  ['no JSON', 'pay me'],
  ['half a JSON', '{"x402Version":2,'],
  ['invalid UTF-8', Uint8Array.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
  ['a byte order mark and nulls', '\uFEFF\u0000\u0000{}'],
  ['another content type', JSON.stringify(ENVELOPE), 'text/plain'],
  ['an invalid content type', JSON.stringify(ENVELOPE), ';;;'],
  ['null', 'null'],
  ['a number', '1e400'],
  ['a string', '"exact"'],
  ['an array', '[]'],
  ['an empty object', '{}'],
  ['an array nested 100 000 deep', nested(100_000, '[', ']')],
  ['an object nested 40 000 deep', nested(40_000, '{"a":', '}')],
  ['a payload nested 40 000 deep', raw(withPayload('REPLACED'), nested(40_000, '{"a":', '}'))],
  ['an extra nested 40 000 deep', raw(withRequirements({ extra: 'REPLACED' }), nested(40_000, '{"a":', '}'))],
  ['10 MB', JSON.stringify(withPayload({ transaction: 'A'.repeat(10_000_000), nonce: 'x' }))],
  ['__proto__ at the top', '{"__proto__":{"x402Version":2,"isValid":true}}'],
  [
    '__proto__ in the payload',
    raw(
      withPayload('REPLACED'),
      '{"__proto__":{"transaction":"hKQ=","nonce":"x"},"constructor":{"prototype":{}}}',
    ),
  ],
  [
    '__proto__ in the requirements',
    raw(withRequirements({ extra: 'REPLACED' }), '{"__proto__":{"l1Confirmations":0}}'),
  ],
  ['a version in words', JSON.stringify({ ...ENVELOPE, x402Version: 'two', paymentPayload: 2 })],
  [
    'a version beyond numbers',
    raw({ ...ENVELOPE, paymentPayload: { ...ENVELOPE.paymentPayload, x402Version: 'REPLACED' } }, '1e999'),
  ],
  ['a payload that is a list', JSON.stringify(withPayload([1, 2, 3]))],
  ['a payload that is a number', JSON.stringify(withPayload(7))],
  ['a transaction that is an object', JSON.stringify(withPayload({ transaction: {}, nonce: [] }))],
  [
    'a transaction that is not base64',
    JSON.stringify(withPayload({ transaction: '%%%', nonce: `${'0'.repeat(64)}#0` })),
  ],
  [
    'a transaction of random bytes',
    JSON.stringify(withPayload({ transaction: 'n/8AgQ+/v7+/', nonce: `${'0'.repeat(64)}#0` })),
  ],
  [
    'a transaction that is CBOR nested 100 000 deep',
    JSON.stringify(
      withPayload({
        transaction: Buffer.alloc(100_000, 0x81).toString('base64'),
        nonce: `${'0'.repeat(64)}#0`,
      }),
    ),
  ],
  [
    'a transaction that promises 2^63 elements',
    JSON.stringify(
      withPayload({
        transaction: Buffer.from('9b7fffffffffffffff00', 'hex').toString('base64'),
        nonce: `${'0'.repeat(64)}#0`,
      }),
    ),
  ],
  [
    'a nonce beyond 64 bits',
    JSON.stringify(withPayload({ transaction: 'hKQ=', nonce: `${'0'.repeat(64)}#${'9'.repeat(400)}` })),
  ],
  ['an amount that is a number', JSON.stringify(withRequirements({ amount: 2_000_000 }))],
  ['an amount of 10 000 digits', JSON.stringify(withRequirements({ amount: '9'.repeat(10_000) }))],
  ['a negative amount', JSON.stringify(withRequirements({ amount: '-1' }))],
  ['a timeout that is not a number', raw(withRequirements({ maxTimeoutSeconds: 'REPLACED' }), '-1e308')],
  [
    'an address of 100 000 characters',
    JSON.stringify(withRequirements({ payTo: `addr_test1${'q'.repeat(100_000)}` })),
  ],
  ['a foreign network', JSON.stringify(withRequirements({ network: 'eip155:8453' }))],
  [
    'a policy of the wrong shape',
    JSON.stringify(withRequirements({ extra: { confirmationPolicy: 'soon' } })),
  ],
  ['lone surrogates', raw(withRequirements({ asset: 'REPLACED' }), '"\\ud800\\udfff\\udfff"')],
];

async function post(path: string, body: string | Uint8Array, contentType = JSON_TYPE) {
  const response = await fetch(`${stack().apis[0]?.url}${path}`, {
    method: 'POST',
    body: Buffer.from(body),
    headers: { 'content-type': contentType },
    signal: AbortSignal.timeout(10_000),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function expectHealthy(): Promise<void> {
  const [api] = stack().apis;
  expect(api?.process.isRunning()).toBe(true);
  const response = await fetch(`${api?.url}/live`, { signal: AbortSignal.timeout(5_000) });
  expect(response.status).toBe(200);
}

describe.each(['/verify', '/settle', '/status'])('POST %s', (path) => {
  const cases = BODIES.map(([what, body, contentType = JSON_TYPE]) => ({ what, body, contentType }));

  it.each(cases)(
    'answers $what with a 4xx or a refusal, and keeps working',
    async ({ body, contentType }) => {
      const answer = await post(path, body, contentType);
      if (answer.status === 200) {
        expect(answer.body.isValid ?? answer.body.success).toBe(false);
        expect(answer.body.invalidReason ?? answer.body.errorReason).toEqual(
          expect.stringMatching(/^[a-z0-9_]+$/),
        );
      } else {
        expect(answer.status).toBeGreaterThanOrEqual(400);
        expect(answer.status).toBeLessThan(500);
      }
      await expectHealthy();
    },
  );
});

it('10 MB get 413 without being read to the end', async () => {
  const { status } = await post('/verify', Buffer.alloc(10_000_000, 0x20));
  expect(status).toBe(413);
});

it('the prototype of everything is untouched', async () => {
  await post('/verify', '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}');
  const { body } = await post('/verify', JSON.stringify(ENVELOPE));
  expect(body).not.toHaveProperty('polluted');
});

it('a caller that hangs up in the middle of its body changes nothing', async () => {
  const { port } = new URL(stack().apis[0]?.url ?? '');
  await new Promise<void>((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => {
      socket.write(
        'POST /settle HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n{"x402',
      );
      socket.destroy();
    });
    socket.once('close', () => resolve());
    socket.once('error', reject);
  });
  await expectHealthy();
});

it.each([
  ['not hexadecimal', 'z'.repeat(64)],
  ['too short', 'ab'],
  ['a path', '..%2f..%2fetc%2fpasswd'],
  ['100 000 characters', 'a'.repeat(100_000)],
  ['broken percent encoding', '%E0%A4%A'],
])("GET /status of an id that is %s is the caller's mistake", async (_, id) => {
  const response = await fetch(`${stack().apis[0]?.url}/status/${id}`);
  expect(response.status).toBeGreaterThanOrEqual(400);
  expect(response.status).toBeLessThan(500);
  await expectHealthy();
});
