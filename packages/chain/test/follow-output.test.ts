import type { ChainOutput, Followed, OutRef } from '@x402-facilitator/cardano';
import { expect, test } from 'vitest';
import { createChainAccess } from '../src/connect/chain-access.js';
import { txHashOf, utxoOutput, utxos } from './support/answers.js';
import { handClock, knowing } from './support/ledger-provider.js';

const [A, B, C] = [txHashOf('a'), txHashOf('b'), txHashOf('c')];
const FRESH = { fresh: true };

/** Goes on at the first output of whatever spent it. */
function from(txHash: OutRef['txHash'], index = 0): Followed {
  return { from: { txHash, index }, next: (_spent, [first]): ChainOutput | undefined => first };
}

async function accessTo(...parameters: Parameters<typeof knowing>) {
  const { provider, server } = await knowing(...parameters);
  return { access: createChainAccess({ provider, clock: handClock().now, utxoTtlSeconds: 60 }), server };
}

const spentBy = (consumed_by_tx: string) => [utxoOutput({ consumed_by_tx })];

test('what is unspent is found at once, by one call', async () => {
  const { access, server } = await accessTo([A]);
  expect(await access.readFollowed(from(A), FRESH)).toMatchObject({
    status: 'found',
    output: { outRef: { txHash: A, index: 0 } },
  });
  expect(server.requests).toStrictEqual([`GET /txs/${A}/utxos`]);
});

test('what has moved is followed through each transaction that spent it', async () => {
  const { access } = await accessTo([C], {
    scripts: { [`/txs/${A}/utxos`]: utxos(A, spentBy(B)), [`/txs/${B}/utxos`]: utxos(B, spentBy(C)) },
  });
  expect(await access.readFollowed(from(A), FRESH)).toMatchObject({
    status: 'found',
    output: { outRef: { txHash: C, index: 0 } },
  });
});

test('it has ended where a transaction spent it and nothing goes on', async () => {
  const { access } = await accessTo([B], { scripts: { [`/txs/${A}/utxos`]: utxos(A, spentBy(B)) } });
  const followed: Followed = { ...from(A), next: () => undefined };
  expect(await access.readFollowed(followed, FRESH)).toStrictEqual({ status: 'ended', by: B });
});

test('there is nothing to follow from an output that never was', async () => {
  const { access } = await accessTo([A]);
  expect(await access.readFollowed(from(A, 7), FRESH)).toStrictEqual({ status: 'missing' });
  expect(await access.readFollowed(from(B), FRESH)).toStrictEqual({ status: 'missing' });
});

test('a provider that fails, leaves a field out, or lags ends nothing', async () => {
  const { consumed_by_tx: _, ...silent } = utxoOutput();
  const { access } = await accessTo([], {
    scripts: {
      [`/txs/${A}/utxos`]: { status: 500, json: {} },
      [`/txs/${B}/utxos`]: utxos(B, [silent]),
      [`/txs/${C}/utxos`]: utxos(C, spentBy(txHashOf('d'))),
    },
  });
  for (const [txHash, reason] of [
    [A, 'HTTP 500'],
    [B, 'does not say whether'],
    [C, 'does not know it'],
  ] as const)
    expect(await access.readFollowed(from(txHash), FRESH)).toStrictEqual({
      status: 'unknown',
      reason: expect.stringContaining(reason),
    });
});

test('a hint that is too far behind is given up', async () => {
  const { access } = await accessTo([], { scripts: { [`/txs/${A}/utxos`]: utxos(A, spentBy(A)) } });
  expect(await access.readFollowed(from(A), FRESH)).toStrictEqual({
    status: 'unknown',
    reason: `it has moved more than 32 times since ${A}#0`,
  });
});

test('what is held is not asked for again, unless fresh', async () => {
  const { access, server } = await accessTo([A]);
  await access.readFollowed(from(A), { fresh: false });
  await access.readFollowed(from(A), { fresh: false });
  expect(server.requests).toHaveLength(1);
  await access.readFollowed(from(A), FRESH);
  expect(server.requests).toHaveLength(2);
});
