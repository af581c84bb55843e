import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  connectRedis,
  createRedisJournal,
  createWebhookStore,
  disconnectRedis,
  type RedisConnection,
  redisSettingsFromUrl,
  type SettlementState,
  type WebhookStore,
} from '@x402-facilitator/journal';
import { changeTo, claimOf, NETWORK, txHash } from '@x402-facilitator/journal/testing';
import { startRedis } from '@x402-facilitator/tools/redis';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDelivery } from '../src/webhooks/deliver.js';
import { sendOnce } from '../src/webhooks/send.js';
import { secretOf, writeSecret } from '../src/webhooks/sign.js';

const MASTER = 'm'.repeat(32);
const KEYS = ['shop', 'bank'] as const;
const SETTLEMENTS = [1, 2, 3, 4] as const;
const keyOf = (seed: number) => (seed % 2 === 0 ? KEYS[0] : KEYS[1]);

/** How a settlement goes on from each state; a confirmation may be rolled back, and confirmed again. */
const STEPS: Readonly<Partial<Record<SettlementState, readonly SettlementState[]>>> = {
  submitting: ['submitted', 'failed', 'included'],
  submitted: ['included', 'included', 'submitting', 'expired'],
  included: ['confirmed', 'confirmed', 'submitted'],
  confirmed: ['submitted', 'confirmed'],
};

/** What happens to a request at the receiver, or to the worker over it. */
const FATES = ['received', 'received', 'refused', 'no answer', 'died before', 'died after'] as const;

type Move =
  | { readonly kind: 'step'; readonly seed: number; readonly choice: number }
  | { readonly kind: 'final'; readonly seed: number }
  | { readonly kind: 'turn'; readonly key: number; readonly fates: readonly (typeof FATES)[number][] }
  | { readonly kind: 'wait'; readonly ms: number };

const seedOf = fc.constantFrom(...SETTLEMENTS);
const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record({ kind: fc.constant('step' as const), seed: seedOf, choice: fc.nat(11) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('final' as const), seed: seedOf }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('turn' as const),
      key: fc.nat(KEYS.length - 1),
      fates: fc.array(fc.constantFrom(...FATES), { maxLength: 6 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 1_500 }) }),
  },
);

class Died extends Error {}

let server: Awaited<ReturnType<typeof startRedis>>;
let redis: RedisConnection;
beforeAll(async () => {
  server = await startRedis();
  const settings = redisSettingsFromUrl(server.url);
  redis = connectRedis({ settings, role: 'worker', name: 'webhook-order', onError: () => undefined });
});
afterAll(async () => {
  await disconnectRedis(redis);
  await server.stop();
});

/** A receiver that keeps what it got, in order, and does to the next requests what it is told. */
async function startReceiver() {
  const got: {
    readonly id: string;
    readonly transaction: string;
    readonly type: string;
    readonly at: string;
  }[] = [];
  const fates: (typeof FATES)[number][] = [];
  const verifiers = new Map<string, Webhook>();
  const http = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const fate = fates.shift();
    if (fate === 'no answer') return void request.socket.destroy();
    if (fate === 'refused') return void response.writeHead(500).end();
    const id = String(request.headers['webhook-id']);
    const verifier = verifiers.get(request.url ?? '');
    const event = verifier?.verify(body, request.headers as Record<string, string>) as {
      type: string;
      timestamp: string;
      data: { transaction: string };
    };
    got.push({ id, transaction: event.data.transaction, type: event.type, at: event.timestamp });
    response.writeHead(204).end();
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = http.address() as AddressInfo;
  return {
    got,
    fates,
    verifiers,
    url: (path: string) => `http://127.0.0.1:${port}${path}`,
    close: () => http.close(),
  };
}

async function play(moves: readonly Move[], giveUpSeconds: number) {
  await redis.flushdb();
  // The library of receivers compares with this machine's clock.
  let nowMs = Date.now();
  const now = () => nowMs;
  const journal = createRedisJournal({ redis, now, policy: { webhookLimit: 1_000, stabilityMs: 0 } });
  const store = createWebhookStore({ redis, now });
  const receiver = await startReceiver();
  const stopping = new AbortController();
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const ids = new Map<string, string>();
  for (const key of KEYS) {
    await store.set(key, receiver.url(`/${key}`));
    const endpoint = await store.find(key);
    if (endpoint === undefined) throw new Error('expected an endpoint');
    ids.set(key, endpoint.id);
    receiver.verifiers.set(`/${key}`, new Webhook(writeSecret(secretOf(MASTER, endpoint.id, endpoint.salt))));
  }

  const turn = async (key: string, fates: (typeof FATES)[number][] = []) => {
    receiver.fates.splice(0);
    // A worker that dies before it sends, or before it records what came of it; another one has the next turn.
    let next: (typeof FATES)[number] | undefined;
    const record: WebhookStore['record'] = (id, sent, attempt) => {
      if (next === 'died after') throw new Died();
      return store.record(id, sent, attempt);
    };
    const deliver = createDelivery({
      store: { ...store, record },
      settings: {
        enabled: true,
        timeoutMs: 5_000,
        concurrency: 1,
        retry: { firstDelayMs: 500, longestDelayMs: 2_000, giveUpSeconds },
        maxWaiting: 1_000,
        allowHttp: true,
        allowPrivateNetworks: true,
      },
      masterSecrets: [MASTER],
      metrics: { attempted: () => undefined },
      logger: silent as never,
      stopping: stopping.signal,
      // The receiver's library has five minutes of patience; the clock of the test runs ahead of it by less.
      now,
      random: () => 0.5,
      send: (request) => {
        next = fates.shift();
        if (next === 'died before') throw new Died();
        receiver.fates.push(next ?? 'received');
        return sendOnce(request);
      },
    });
    await deliver(ids.get(key) ?? '').catch((error: unknown) => {
      if (!(error instanceof Died)) throw error;
    });
  };

  // What the outbox must tell of each settlement, in order.
  const expected = new Map<string, string[]>(SETTLEMENTS.map((seed) => [txHash(seed), []]));
  const states = new Map<number, SettlementState>();
  const finals = new Set<number>();
  for (const seed of SETTLEMENTS) {
    await journal.claim(claimOf(seed, { keyName: keyOf(seed), expiresAtMs: nowMs + 600_000 }));
    for (const to of ['submitting', 'submitted', 'included'] as const)
      await journal.transition(changeTo(to, { txHash: txHash(seed) }));
    states.set(seed, 'included');
  }
  for (const it of moves) {
    nowMs += 1;
    if (it.kind === 'wait') nowMs += it.ms;
    else if (it.kind === 'turn') await turn(KEYS[it.key] ?? KEYS[0], [...it.fates]);
    else if (it.kind === 'final') {
      if (!(await journal.conclude(NETWORK, txHash(it.seed)))) continue;
      finals.add(it.seed);
      expected.get(txHash(it.seed))?.push('settlement.final');
    } else {
      const from = states.get(it.seed) ?? 'included';
      const choices = finals.has(it.seed) ? [] : (STEPS[from] ?? []);
      const to = choices[it.choice % Math.max(choices.length, 1)];
      if (to === undefined) continue;
      const changed = await journal.transition(changeTo(to, { txHash: txHash(it.seed) }));
      expect(changed.kind).toBe('changed');
      states.set(it.seed, to);
      if (to === from) continue;
      if (to === 'confirmed' || to === 'failed' || to === 'expired')
        expected.get(txHash(it.seed))?.push(`settlement.${to}`);
      else if (from === 'confirmed') expected.get(txHash(it.seed))?.push('settlement.rolled_back');
    }
  }
  // The receiver is back: time passes, and workers have their turns.
  for (let round = 0; round < 60 && (await store.backlog()).waiting > 0; round += 1) {
    nowMs += 2_000;
    for (const key of KEYS) await turn(key);
  }
  const backlog = await store.backlog();
  const dead = new Map<string, readonly string[]>();
  for (const key of KEYS)
    for (const { event } of await store.dead(ids.get(key) ?? ''))
      if ('txHash' in event) dead.set(event.txHash, [...(dead.get(event.txHash) ?? []), event.id]);
  receiver.close();
  return { got: receiver.got, expected, backlog, dead };
}

/** Each event of a settlement as it came first, in the order of their coming. */
function firsts(got: Awaited<ReturnType<typeof play>>['got'], transaction: string) {
  const ids = new Set<string>();
  return got.filter((it) => {
    if (it.transaction !== transaction || ids.has(it.id)) return false;
    ids.add(it.id);
    return true;
  });
}

test('whatever fails and whichever worker dies, every event comes at least once, and in order per settlement', async () => {
  let events = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(move, { minLength: 40, maxLength: 100 }), async (moves) => {
      const { got, expected, backlog, dead } = await play(moves, 86_400);
      expect(backlog).toMatchObject({ waiting: 0, dead: 0, dropped: 0 });
      expect(dead.size).toBe(0);
      for (const [transaction, types] of expected) {
        const came = firsts(got, transaction);
        expect(came.map(({ type }) => type)).toEqual(types);
        const times = came.map(({ at }) => at);
        expect(times).toEqual([...times].sort());
        events += types.length;
      }
    }),
    { numRuns: 30 },
  );
  expect(events).toBeGreaterThan(50);
});

test('where events are given up, the rest still comes in order, and nothing is lost: what did not come is kept', async () => {
  let given = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(move, { minLength: 40, maxLength: 100 }), async (moves) => {
      const { got, expected, backlog, dead } = await play(moves, 1);
      expect(backlog).toMatchObject({ waiting: 0, dropped: 0 });
      for (const [transaction, types] of expected) {
        const came = firsts(got, transaction);
        const times = came.map(({ at }) => at);
        expect(times).toEqual([...times].sort());
        // What came and was not recorded may be given up, too.
        const all = new Set([...came.map(({ id }) => id), ...(dead.get(transaction) ?? [])]);
        expect(all.size).toBe(types.length);
        given += dead.get(transaction)?.length ?? 0;
      }
    }),
    { numRuns: 30 },
  );
  expect(given).toBeGreaterThan(0);
});
