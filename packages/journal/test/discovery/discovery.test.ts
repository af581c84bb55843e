import {
  createDiscoveryCatalogue,
  type DiscoveryCandidate,
  type SettlementState,
} from '@x402-facilitator/journal';
import { beforeEach, expect, it } from 'vitest';
import { noteId, resourceId } from '../../src/discovery/keys.js';
import { changeTo, claimOf, NETWORK, txHash, useJournal } from '../support/harness.js';

const harness = useJournal({ stabilityMs: 0, retentionMs: 300 });
const catalogue = () => createDiscoveryCatalogue(harness.redis);

const CONFIRMED = ['submitting', 'submitted', 'included', 'confirmed'] as const;
const DAY_MS = 86_400_000;
const URL_A = 'https://seller.test/a';

type Listing = Extract<DiscoveryCandidate, { kind: 'listing' }>;
function candidate(overrides: Partial<Listing> = {}): DiscoveryCandidate {
  return {
    kind: 'listing',
    url: URL_A,
    endpoint: 'GET',
    origin: 'https://seller.test',
    listing: '{"description":"one"}',
    termsOf: 'exact lovelace',
    terms: '{"amount":"1"}',
    maxResources: 3,
    maxPerHost: 2,
    expireMs: DAY_MS,
    ...overrides,
  };
}
const refusal = (url = URL_A): DiscoveryCandidate => {
  const { maxResources, maxPerHost, expireMs } = candidate();
  return {
    kind: 'refusal',
    url,
    maxResources,
    maxPerHost,
    expireMs,
    refusal: { code: 'malformed', message: 'expected a method', path: 'info.input.method' },
  };
};

let seed = 0;
beforeEach(() => {
  seed = 0;
});

async function advance(hash: ReturnType<typeof txHash>, states: readonly SettlementState[]) {
  for (const to of states)
    expect(await harness.journal.transition(changeTo(to, { txHash: hash }))).toMatchObject({
      kind: 'changed',
    });
}

/** Settles a payment that declares it, and returns its transaction. */
async function pay(
  discovery: DiscoveryCandidate,
  {
    payTo = 'addr_test1payto',
    payer = 'addr_test1payer',
    states = CONFIRMED as readonly SettlementState[],
  } = {},
) {
  seed += 1;
  await harness.journal.claim(claimOf(seed, { discovery, payTo, payer }));
  await advance(txHash(seed), states);
  return txHash(seed);
}

async function listed() {
  const { settledAtMs } = await catalogue().readIndex();
  return catalogue().readMany([...settledAtMs.keys()]);
}
const notes = (url = URL_A) => catalogue().readNotes([NETWORK], url);

it('lists a resource with the success of its payment, not before', async () => {
  const transaction = await pay(candidate(), { states: ['submitting', 'submitted', 'included'] });
  expect(await listed()).toEqual([]);
  await advance(transaction, ['confirmed']);
  expect(await listed()).toMatchObject([
    {
      url: URL_A,
      network: NETWORK,
      payTo: 'addr_test1payto',
      listing: '{"description":"one"}',
      isChanging: false,
    },
  ]);
  expect((await listed())[0]?.terms.get('terms exact lovelace')).toBe('{"amount":"1"}');
});

it('a payment that declares nothing leaves no trace', async () => {
  await harness.journal.claim(claimOf(1));
  await advance(txHash(1), CONFIRMED);
  expect(await harness.redis.keys('{x402}:discovery:*')).toEqual([]);
});

it('a failed payment lists nothing and writes no reason', async () => {
  await pay(candidate(), { states: ['submitting', 'failed'] });
  await pay(refusal(), { states: ['submitting', 'failed'] });
  expect(await harness.redis.keys('{x402}:discovery:*')).toEqual([]);
});

it('a rollback that ends in failure takes away what only that payment listed', async () => {
  const only = await pay(candidate());
  await advance(only, ['submitted']);
  expect(await listed()).toHaveLength(1);
  await advance(only, ['expired']);
  expect(await listed()).toEqual([]);
  expect(await notes()).toMatchObject([{ code: 'payment_undone', transaction: only }]);

  const first = await pay(candidate());
  await pay(candidate());
  await advance(first, ['submitted', 'expired']);
  expect(await listed()).toHaveLength(1);
});

it('keeps why a declaration cannot be listed, until one is', async () => {
  const transaction = await pay(refusal());
  expect(await notes()).toEqual([
    {
      url: URL_A,
      network: NETWORK,
      code: 'malformed',
      message: 'expected a method',
      path: 'info.input.method',
      transaction,
      payTo: 'addr_test1payto',
      atMs: expect.any(Number),
    },
  ]);
  await pay(candidate());
  expect(await notes()).toEqual([]);
});

it('a change is taken when two payers in a row declare it: a buyer alone changes nothing', async () => {
  await pay(candidate());
  const changed = candidate({ listing: '{"description":"two"}', terms: '{"amount":"2"}' });
  await pay(changed, { payer: 'addr_test1mallory' });
  await pay(changed, { payer: 'addr_test1mallory' });
  expect(await listed()).toMatchObject([{ listing: '{"description":"one"}', isChanging: true }]);
  await pay(candidate());
  await pay(changed, { payer: 'addr_test1second' });
  expect(await listed()).toMatchObject([{ listing: '{"description":"one"}', isChanging: true }]);
  await pay(changed);
  expect(await listed()).toMatchObject([{ listing: '{"description":"two"}', isChanging: false }]);
  expect((await listed())[0]?.terms.get('terms exact lovelace')).toBe('{"amount":"2"}');
});

it('strangers cannot add terms to a listing without end', async () => {
  await pay(candidate());
  for (let asset = 0; asset < 40; asset += 1)
    for (const payer of ['addr_test1one', 'addr_test1two'])
      await pay(candidate({ termsOf: `exact ${asset}` }), { payer });
  expect((await listed())[0]?.terms.size).toBeLessThanOrEqual(24);
});

it('another seller cannot take a listing', async () => {
  await pay(candidate());
  await pay(candidate({ listing: '{"description":"mine"}' }), { payTo: 'addr_test1mallory' });
  expect(await listed()).toMatchObject([{ payTo: 'addr_test1payto', listing: '{"description":"one"}' }]);
  expect(await notes()).toMatchObject([{ code: 'other_seller', payTo: 'addr_test1mallory' }]);
});

it('holds no more than its bounds; what has expired makes room', async () => {
  const at = (host: string, path: string) =>
    candidate({ url: `https://${host}/${path}`, origin: `https://${host}` });
  for (const path of ['1', '2', '3']) await pay(at('x.test', path));
  expect(await notes('https://x.test/3')).toMatchObject([{ code: 'host_full' }]);
  await pay(at('y.test', '1'));
  await pay(at('z.test', '1'));
  expect(await notes('https://z.test/1')).toMatchObject([{ code: 'catalogue_full' }]);
  expect(await listed()).toHaveLength(3);
  for (let path = 0; path < 9; path += 1) await pay(refusal(`https://noise.test/${path}`));
  expect(await harness.redis.hlen('{x402}:discovery:notes')).toBe(3);
  expect(await harness.redis.zcard('{x402}:discovery:noted')).toBe(3);

  harness.at(Date.now() + DAY_MS);
  await pay(at('x.test', '3'));
  await pay(at('x.test', '4'));
  await pay(at('z.test', '1'));
  await pay(at('x.test', '5'));
  expect((await listed()).map(({ url }) => url).sort()).toEqual([
    'https://x.test/3',
    'https://x.test/4',
    'https://z.test/1',
  ]);
  expect((await harness.redis.keys('{x402}:discovery:resource:*')).length).toBe(3);
});

it('an expired listing is anybody’s', async () => {
  await pay(candidate());
  harness.at(Date.now() + DAY_MS);
  await pay(candidate(), { payTo: 'addr_test1second' });
  expect(await listed()).toMatchObject([{ payTo: 'addr_test1second' }]);
});

it('an operator delists a URL or an origin, and payments do not bring it back until it is allowed', async () => {
  await pay(candidate());
  for (const target of [URL_A, 'https://seller.test']) {
    await catalogue().delist(target, { reason: 'spam', atMs: 1 });
    await pay(candidate());
    expect(await notes()).toMatchObject([{ code: 'delisted_by_operator' }]);
    expect((await catalogue().readIndex()).delisted).toEqual(
      new Map([[target, { reason: 'spam', atMs: 1 }]]),
    );
    expect(await catalogue().allow(target)).toBe(true);
    expect(await catalogue().allow(target)).toBe(false);
  }
  await pay(candidate());
  expect(await notes()).toEqual([]);
});

it('a seller withdraws its own listing only, and an old word has no effect', async () => {
  await pay(candidate());
  const ids = [resourceId(NETWORK, URL_A, 'GET'), resourceId(NETWORK, URL_A, 'POST')];
  const say = (payTo: string, action: 'withdraw' | 'restore', atMs: number) =>
    catalogue().say(ids, { payTo, action, atMs });
  expect(await say('addr_test1mallory', 'withdraw', 1)).toEqual({ ok: true, value: 0 });
  expect(await say('addr_test1payto', 'withdraw', 5)).toEqual({ ok: true, value: 1 });
  await pay(candidate());
  expect((await catalogue().readIndex()).withdrawn).toEqual(new Map([[ids[0], 5]]));
  expect(await say('addr_test1payto', 'restore', 5)).toEqual({ ok: false, error: 'outdated' });
  expect(await say('addr_test1payto', 'restore', 6)).toEqual({ ok: true, value: 1 });
  expect((await catalogue().readIndex()).withdrawn.size).toBe(0);
});

it.each(['listed', 'notes', 'noted', 'delisted', 'withdrawn', 'host:https://seller.test'])(
  'settles on even if %s is damaged',
  async (name) => {
    await harness.redis.set(`{x402}:discovery:${name}`, 'x');
    const transaction = await pay(candidate());
    await pay(refusal());
    const reading = await harness.journal.read(NETWORK, transaction);
    expect(reading).toMatchObject({ ok: true, value: { state: 'confirmed' } });
  },
);

it('settles on even if the record holds a candidate that cannot be read', async () => {
  await harness.journal.claim(claimOf(1, { discovery: candidate() }));
  await harness.redis.hset(`{x402}:journal:preview:settlement:${txHash(1)}`, 'discovery', '{');
  await advance(txHash(1), CONFIRMED);
  expect(await listed()).toEqual([]);
});

it('leaves out what cannot be read', async () => {
  await pay(candidate());
  await harness.redis.hset(`{x402}:discovery:resource:${resourceId(NETWORK, URL_A, 'GET')}`, 'network', 'x');
  await harness.redis.hset('{x402}:discovery:notes', noteId(NETWORK, URL_A), '{}');
  await harness.redis.hset('{x402}:discovery:delisted', URL_A, 'x');
  expect(await listed()).toEqual([]);
  expect(await notes()).toEqual([]);
  expect((await catalogue().readIndex()).delisted.get(URL_A)).toEqual({ reason: '', atMs: 0 });
});
