import { createHash, randomUUID } from 'node:crypto';
import { type Answer, post, type RunningApi, send } from '@x402-facilitator/api/testing';
import { walletOf } from '@x402-facilitator/cardano/testing';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { ORDER, type SponsoringHarness, startSponsoringHarness } from './support/sponsoring-harness.js';

/** Spellings of one caller's addresses, and the address of another one. */
const CALLERS = [
  [
    'the addresses of one IPv6 /64',
    ['2001:db8:7:7::1', '2001:0DB8:0007:0007:ffff::2', '2001:db8:7:7:1:2:3:4'],
    '2001:db8:7:8::1',
  ],
  [
    'the spellings of one IPv4 address',
    ['203.0.113.9', '::ffff:203.0.113.9', '::FFFF:cb00:7109'],
    '203.0.113.10',
  ],
] as const;

let harness: SponsoringHarness;
beforeAll(async () => {
  harness = await startSponsoringHarness();
});
afterAll(() => harness?.close(), 60_000);

type Headers = Readonly<Record<string, string>>;
type Limit = {
  readonly env: Headers;
  /** The answer to one call more than the limit of two allows. */
  readonly refused: number;
  readonly call: (api: RunningApi, from: Headers) => Promise<number>;
};

const KEYS = JSON.stringify([
  { name: 'shop', sha256: createHash('sha256').update('shop-key').digest('hex') },
]);
const statusOf = (answer: Promise<Answer>) => answer.then(({ status }) => status);
const guess = (path: string): Limit => ({
  env: { X402_RATE_LIMIT__SENSITIVE: '2', X402_SECURITY__API_KEYS: KEYS },
  refused: 429,
  call: (api, from) => statusOf(post(`${api.url}${path}`, '{}', { ...from, 'x-api-key': randomUUID() })),
});

const LIMITS: Readonly<Record<string, Limit>> = {
  'requests to one route': {
    env: { X402_RATE_LIMIT__SENSITIVE: '2' },
    refused: 429,
    call: (api, from) => statusOf(send(`${api.url}/status/${'ab'.repeat(32)}`, { headers: from })),
  },
  'requests to all others': {
    env: { X402_RATE_LIMIT__GLOBAL: '2' },
    refused: 429,
    call: (api, from) => statusOf(send(`${api.url}/`, { headers: from })),
  },
  'guesses of a key, at /verify': guess('/verify'),
  'guesses of a key, at a route that always needs one': guess('/sponsorships'),
  'open event streams': {
    env: { X402_RATE_LIMIT__WAITS: '2' },
    refused: 429,
    async call(api, from) {
      const { body } = await harness.settle(await harness.payAlone());
      const caller = new AbortController();
      onTestFinished(() => caller.abort());
      const { status } = await fetch(`${api.url}/status/${body.transaction}/events`, {
        headers: from,
        signal: caller.signal,
      });
      return status;
    },
  },
  'waiting reservations of fees': {
    env: { X402_CHAIN__RESERVATION__MAX_CONCURRENT: '2' },
    refused: 429,
    async call(api, from) {
      await harness.publish(Array.from({ length: 3 }, harness.mintPool));
      const payer = walletOf(randomUUID()).address(0);
      return statusOf(post(`${api.url}/sponsorships`, { ...ORDER, payer }, from));
    },
  },
};

describe.each(Object.entries(LIMITS))('%s', (_limit, { env, refused, call }) => {
  test.each(CALLERS)(
    'are counted together for %s, and apart from another caller',
    async (_what, addresses, other) => {
      const api = await harness.startApi({ ...env, X402_SERVER__TRUST_PROXY: 'loopback' });
      const from = (address: string) => call(api, { 'x-forwarded-for': address });
      // A replica that finds Redis slow counts alone, so up to four calls may pass. Counted one by one, all would.
      const statuses: number[] = [];
      while (statuses.length < 5 && statuses.at(-1) !== refused)
        statuses.push(await from(addresses[statuses.length % addresses.length] ?? ''));
      const [within] = statuses;
      expect(statuses).toEqual([within, within, ...Array(statuses.length - 3).fill(within), refused]);
      expect(within).not.toBe(refused);
      expect(await from(other)).toBe(within);
    },
  );
});

test.each(CALLERS)(
  'an Idempotency-Key is one for %s, and another for another caller',
  async (_what, addresses, other) => {
    const { url } = await harness.startApi({ X402_SERVER__TRUST_PROXY: 'loopback' });
    const key = randomUUID();
    const settle = async (address: string) =>
      statusOf(
        post(
          `${url}/settle`,
          { x402Version: 2, ...(await harness.payAlone()) },
          {
            prefer: 'respond-async',
            'idempotency-key': key,
            'x-forwarded-for': address,
          },
        ),
      );
    const [first, second, third] = addresses;
    expect([await settle(first), await settle(second), await settle(third)]).toEqual([202, 409, 409]);
    expect(await settle(other)).toBe(202);
  },
);
