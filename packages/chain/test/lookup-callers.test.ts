import { err, type OutRef, ok, outRefKey } from '@x402-facilitator/cardano';
import {
  type ConnectedChain,
  connectChain,
  createBlockfrostProvider,
  type LookupCaller,
  LookupLimitError,
} from '@x402-facilitator/chain';
import { createLogger } from '@x402-facilitator/shared/telemetry';
import { expect, onTestFinished, test } from 'vitest';
import type { BudgetLimits } from '../src/budget/limits.js';
import { createChainAccess } from '../src/connect/chain-access.js';
import { txHashOf, utxoOutput, utxos } from './support/answers.js';
import { devnetOf } from './support/devnet-wallet.js';
import { handClock, knowing } from './support/ledger-provider.js';

const [A, B, C] = [txHashOf('a'), txHashOf('b'), txHashOf('c')];
const ref = (txHash: OutRef['txHash'], index = 0): OutRef => ({ txHash, index });

/** A caller with so many calls, and what it has left. */
function callerWith(limit: number, { isStranger = true } = {}): LookupCaller & { left(): number } {
  let left = limit;
  return {
    isStranger,
    left: () => left,
    allowance: {
      limit,
      async take(count) {
        if (count > left) return err({ limit, windowMs: 60_000, left, retryAfterMs: 1_000 });
        left -= count;
        return ok(undefined);
      },
      async giveBack(count) {
        left += count;
      },
    },
  };
}

/** One provider whose calls are admitted as in the product. */
async function chainOn(
  url: string,
  { budget, reserveShare = 0.5 }: { readonly budget?: BudgetLimits; readonly reserveShare?: number } = {},
): Promise<ConnectedChain> {
  const chain = connectChain({
    network: 'cardano:preview',
    providers: [{ type: 'blockfrost', url, projectId: 'preview-project', budget }],
    utxoTtlSeconds: 60,
    reserveShare,
    clock: handClock().now,
    logger: createLogger({ tier: 'api', logging: { level: 'silent', pretty: false } }),
  });
  onTestFinished(() => chain.close());
  await chain.health();
  await chain.facts.get();
  return chain;
}

test('the first output is looked up alone, and what is not there ends it', async () => {
  const { server } = await knowing([A, B]);
  const chain = await chainOn(server.url);
  const before = server.requests.length;
  const caller = callerWith(100);
  const invented = Array.from({ length: 40 }, (_, index) => ref(txHashOf('456789'[index % 6] ?? '4'), index));
  const facts = await chain.readOutputs([ref(C), ref(A), ...invented], { fresh: true, caller });
  expect([...facts]).toStrictEqual([[outRefKey(ref(C)), { status: 'missing' }]]);
  const asked = server.requests.slice(before).filter((request) => request.endsWith('/utxos'));
  expect(asked).toStrictEqual([`GET /txs/${C}/utxos`]);
  // The look at the tip is this facilitator's own.
  expect(caller.left()).toBe(99);
});

test('a caller pays for every call that is made for it: those for scripts that outputs carry, too', async () => {
  const script = '4e4d01000033222220051200120011';
  const hash = '67f33146617a5e61936081db3b2117cbf59bd2123748f58ac9678656';
  const { server } = await knowing([B], {
    scripts: {
      [`/txs/${A}/utxos`]: utxos(A, [utxoOutput({ reference_script_hash: hash })]),
      [`/scripts/${hash}`]: { json: { script_hash: hash, type: 'plutusV1', serialised_size: 14 } },
      [`/scripts/${hash}/cbor`]: { json: { cbor: script } },
    },
  });
  const chain = await chainOn(server.url);
  const before = server.requests.length;
  const caller = callerWith(100);
  await chain.readOutputs([ref(A), ref(B)], { fresh: false, caller });
  expect(server.requests.length - before).toBe(4);
  expect(caller.left()).toBe(96);
  await chain.readOutputs([ref(A), ref(B)], { fresh: false, caller });
  expect(caller.left()).toBe(96);
});

test('an allowance without room for all that is needed asks nothing and keeps what it has', async () => {
  const { server } = await knowing([A, B, C]);
  const chain = await chainOn(server.url);
  const before = server.requests.length;
  const caller = callerWith(3);
  await chain.readOutputs([ref(A)], { fresh: true, caller });
  const reading = chain.readOutputs([ref(A), ref(B), ref(C)], { fresh: true, caller });
  await expect(reading).rejects.toThrow(LookupLimitError);
  await expect(reading).rejects.toThrow(
    'expected at most 3 look-ups at chain providers in 60 s, found 3 needed and 2 left; try again in 1 s',
  );
  expect(server.requests.length - before).toBe(1);
  expect(caller.left()).toBe(2);
  // One of them is held, so there is room.
  await chain.readOutputs([ref(A), ref(B), ref(C)], { fresh: false, caller });
  expect(caller.left()).toBe(0);
});

test('who joins the read of one that may not ask, asks for itself', async () => {
  const { server } = await knowing([A]);
  let refusals = 0;
  const provider = createBlockfrostProvider({
    network: 'cardano:preview',
    url: server.url,
    admit: async () => {
      // By then the other has joined.
      await new Promise((resolve) => setImmediate(resolve));
      if (refusals-- > 0) throw new LookupLimitError(1, { limit: 0, windowMs: 1, left: 0, retryAfterMs: 1 });
    },
  });
  onTestFinished(() => provider.close());
  const access = createChainAccess({ provider, clock: handClock().now, utxoTtlSeconds: 60 });
  await access.facts.get();
  refusals = 1;
  const [first, second] = await Promise.allSettled([
    access.readOutputs([ref(A)], { fresh: true }),
    access.readOutputs([ref(A)], { fresh: true }),
  ]);
  expect(first).toMatchObject({ status: 'rejected', reason: expect.any(LookupLimitError) });
  expect(second.status === 'fulfilled' && second.value.get(outRefKey(ref(A)))?.status).toBe('unspent');
});

test('strangers stop at the reserve; holders of keys, polling and this facilitator itself go on', async () => {
  const devnet = await devnetOf();
  const chain = connectChain({
    network: 'cardano:preview',
    providers: [
      {
        type: 'blockfrost',
        url: devnet.url,
        budget: { requestsPerSecond: 1_000, burst: 1_000, perDay: 100 },
      },
    ],
    utxoTtlSeconds: 60,
    reserveShare: 0.5,
    clock: Date.now,
    logger: createLogger({ tier: 'worker', logging: { level: 'silent', pretty: false } }),
  });
  onTestFinished(() => chain.close());
  await chain.health();
  const stranger = callerWith(1_000);
  const readAs = (caller: LookupCaller | undefined, index: number) =>
    chain.readOutputs([ref(txHashOf('d'), index)], { fresh: true, caller });
  for (let index = 0; index < 60; index += 1)
    await readAs(stranger, index).catch((error: unknown) =>
      expect(error).toMatchObject({ name: 'ChainProviderError', outcome: 'reserved' }),
    );
  expect(devnet.requests.snapshot().total).toBeLessThanOrEqual(50);
  expect((await chain.health()).providers[0]?.budget).toMatchObject({
    status: 'reserved',
    leftToday: 50,
    perDay: 100,
    reservedOfDay: 50,
  });
  await expect(readAs(stranger, 0)).rejects.toMatchObject({ outcome: 'reserved' });
  // What was not asked was not charged.
  const leftBefore = stranger.left();
  await readAs(stranger, 1).catch(() => undefined);
  expect(stranger.left()).toBe(leftBefore);

  for (let index = 0; index < 10; index += 1) await chain.polling.getTip();
  expect((await readAs(callerWith(10, { isStranger: false }), 0)).size).toBe(1);
  expect((await readAs(undefined, 0)).size).toBe(1);
});
