import { type OutRef, outRefKey } from '@x402-facilitator/cardano';
import { expect, test } from 'vitest';
import { createChainAccess } from '../src/connect/chain-access.js';
import { txHashOf, utxoOutput, utxos } from './support/answers.js';
import { handClock, knowing } from './support/ledger-provider.js';

const A = txHashOf('a');
const B = txHashOf('b');
const ref = (txHash: OutRef['txHash'], index: number): OutRef => ({ txHash, index });

async function accessTo(...parameters: Parameters<typeof knowing>) {
  const { provider, server } = await knowing(...parameters);
  const clock = handClock();
  const lookups: string[] = [];
  const access = createChainAccess({
    provider,
    clock: clock.now,
    utxoTtlSeconds: 60,
    onCacheLookup: ({ result }) => lookups.push(result),
  });
  return { access, server, clock, lookups };
}

const FRESH = { fresh: true };
const CACHED = { fresh: false };

test('forty inputs from one parent cost one call', async () => {
  const { access, server } = await accessTo([A], { outputs: 40 });
  const refs = Array.from({ length: 40 }, (_, index) => ref(A, index));
  const facts = await access.readOutputs(refs, FRESH);
  expect([...facts.values()].map(({ status }) => status)).toStrictEqual(Array(40).fill('unspent'));
  expect(server.requests).toStrictEqual([`GET /txs/${A}/utxos`]);
});

test('each reference gets its own fact: unspent, spent, and missing where the parent has no such output', async () => {
  const { access } = await accessTo([], {
    scripts: {
      [`/txs/${A}/utxos`]: utxos(A, [utxoOutput(), utxoOutput({ output_index: 1, consumed_by_tx: B })]),
    },
  });
  const facts = await access.readOutputs([ref(A, 0), ref(A, 1), ref(A, 2)], FRESH);
  expect(facts.get(outRefKey(ref(A, 0)))?.status).toBe('unspent');
  expect(facts.get(outRefKey(ref(A, 1)))).toMatchObject({ status: 'spent', by: B });
  expect(facts.get(outRefKey(ref(A, 2)))).toStrictEqual({ status: 'missing' });
});

test('a provider that fails for one parent leaves its outputs unknown and the others known', async () => {
  const { access } = await accessTo([A], { scripts: { [`/txs/${B}/utxos`]: { status: 500, json: {} } } });
  const facts = await access.readOutputs([ref(A, 0), ref(B, 0)], FRESH);
  expect(facts.get(outRefKey(ref(A, 0)))?.status).toBe('unspent');
  expect(facts.get(outRefKey(ref(B, 0)))).toMatchObject({
    status: 'unknown',
    reason: expect.stringContaining('blockfrost outputs: HTTP 500'),
  });
});

test('an answer without consumed_by_tx is unknown, and names the output', async () => {
  const { consumed_by_tx: _, ...silent } = utxoOutput();
  const { access } = await accessTo([], { scripts: { [`/txs/${A}/utxos`]: utxos(A, [silent]) } });
  const facts = await access.readOutputs([ref(A, 0)], FRESH);
  expect(facts.get(outRefKey(ref(A, 0)))).toStrictEqual({
    status: 'unknown',
    reason: `blockfrost does not say whether ${A}#0 is spent`,
  });
});

test('a parent that a provider at the tip does not know is missing', async () => {
  const { access } = await accessTo([]);
  const facts = await access.readOutputs([ref(A, 0)], FRESH);
  expect(facts.get(outRefKey(ref(A, 0)))).toStrictEqual({ status: 'missing' });
});

test('a parent that a lagging provider does not know is unknown', async () => {
  const { access, clock } = await accessTo([]);
  clock.advance(301_000);
  const facts = await access.readOutputs([ref(A, 0)], FRESH);
  expect(facts.get(outRefKey(ref(A, 0)))).toStrictEqual({
    status: 'unknown',
    reason: `blockfrost does not know ${A}, but its tip is 301 s old`,
  });
});

test('invented parents do not cost a look at the tip each', async () => {
  const { access, server } = await accessTo([]);
  await access.readOutputs([ref(A, 0), ref(B, 0)], FRESH);
  await access.readOutputs([ref(txHashOf('c'), 0)], FRESH);
  expect(server.requests.filter((request) => request === 'GET /blocks/latest')).toHaveLength(1);
});

test('identical look-ups at the same time are one call, and later ones are new calls', async () => {
  const { access, server } = await accessTo([A]);
  await Promise.all([access.readOutputs([ref(A, 0)], FRESH), access.readOutputs([ref(A, 1)], FRESH)]);
  expect(server.requests).toHaveLength(1);
  await access.readOutputs([ref(A, 0)], FRESH);
  expect(server.requests).toHaveLength(2);
});

test('a reader that accepts stale facts costs no call within the time to live, and one call after it', async () => {
  const { access, server, clock, lookups } = await accessTo([A]);
  await access.readOutputs([ref(A, 0)], CACHED);
  clock.advance(59_999);
  await access.readOutputs([ref(A, 1)], CACHED);
  expect(server.requests).toHaveLength(1);
  clock.advance(1);
  await access.readOutputs([ref(A, 0)], CACHED);
  expect(server.requests).toHaveLength(2);
  expect(lookups).toStrictEqual(['miss', 'hit', 'miss']);
});

test('a reader that wants fresh facts is never served from the cache', async () => {
  const { access, server } = await accessTo([A]);
  await access.readOutputs([ref(A, 0)], CACHED);
  await access.readOutputs([ref(A, 0)], FRESH);
  expect(server.requests).toHaveLength(2);
});

test('absence and unknown spending are not kept in the cache', async () => {
  const { consumed_by_tx: _, ...silent } = utxoOutput();
  const { access, server } = await accessTo([], { scripts: { [`/txs/${A}/utxos`]: utxos(A, [silent]) } });
  for (const txHash of [A, B, A, B]) await access.readOutputs([ref(txHash, 0)], CACHED);
  expect(server.requests.filter((request) => request.endsWith('/utxos'))).toHaveLength(4);
});
