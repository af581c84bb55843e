import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import {
  type Call,
  connectRedis,
  createRedisJournal,
  disconnectRedis,
  type Journal,
  openAcknowledgedWrites,
  redisSettingsFromUrl,
  watchRedis,
} from '@x402-facilitator/journal';
import { startRedis } from '@x402-facilitator/tools/redis';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { journalKeys } from '../../src/settlements/keys.js';
import { changeTo, claimOf, NETWORK, present, txHash } from '../support/harness.js';
import { type RedisNode, startReplicated } from '../support/replicas.js';

const TIMEOUT_MS = 300;
/** Where no replica stands still: on a busy machine one may take its time over an append-only file. */
const PATIENCE_MS = 10_000;

const callOf = (idempotencyKey: string): Call => ({
  caller: 'key:shop',
  keyName: 'shop',
  idempotencyKey,
  redemption: 'once',
});

describe('a journal that two replicas must acknowledge', () => {
  let primary: RedisNode;
  let replicas: readonly RedisNode[];
  let journal: Journal;
  let patient: Journal;
  let redis: Redis;
  const cleanups: (() => Promise<unknown>)[] = [];

  /** A journal on this node, as another process has it. */
  const openJournalAt = (url: string, replicaCount = 2, timeoutMs = TIMEOUT_MS) => {
    const settings = redisSettingsFromUrl(url);
    const onError = () => undefined;
    const commands = connectRedis({ settings, role: 'producer', name: 'test', onError });
    const acknowledged = openAcknowledgedWrites({
      settings,
      name: 'test-acknowledged',
      replicas: replicaCount,
      timeoutMs,
      onError,
    });
    cleanups.push(async () => {
      await acknowledged.close();
      await disconnectRedis(commands);
    });
    return { journal: createRedisJournal({ redis: commands, acknowledged }), commands };
  };

  beforeEach(async () => {
    const { nodes, close } = await startReplicated(2);
    cleanups.push(close);
    const [first, ...others] = nodes;
    if (first === undefined) throw new Error('expected a primary');
    primary = first;
    replicas = others;
    const opened = openJournalAt(primary.url);
    journal = opened.journal;
    patient = openJournalAt(primary.url, 2, PATIENCE_MS).journal;
    redis = opened.commands;
    // Its other connections are ready then too, or the first claim is repeated.
    await expect.poll(() => primary.redis.client('LIST')).toMatch(/(name=test-acknowledged[\s\S]*){8}/);
    await expect.poll(() => redis.status).toBe('ready');
    await expect.poll(() => journal.pending(NETWORK)).toEqual([]);
    await expect.poll(() => patient.pending(NETWORK)).toEqual([]);
  });
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  const readAt = async (node: RedisNode, seed: number) =>
    createRedisJournal({ redis: node.redis }).read(NETWORK, txHash(seed));
  const confirm = async (seed: number) => {
    await patient.claim(claimOf(seed));
    for (const state of ['submitting', 'submitted', 'included', 'confirmed'] as const)
      await journal.transition(changeTo(state, { txHash: txHash(seed) }));
  };
  const [stopOne, continueOne] = [async () => replicas[0]?.stop(), () => replicas[0]?.signal('SIGCONT')];

  it('acknowledges a claim when both replicas have it', async () => {
    expect((await patient.claim(claimOf(1))).kind).toBe('claimed');
    for (const replica of replicas) expect(present(await readAt(replica, 1)).state).toBe('queued');
  });

  it('fails in time while a replica stands still, the claim stands, and the same claim joins it afterwards', async () => {
    await stopOne();
    const startedMs = performance.now();
    const error: unknown = await journal.claim(claimOf(1)).catch((reason: unknown) => reason);
    expect(performance.now() - startedMs).toBeLessThan(TIMEOUT_MS + 1_500);
    expect(error).toMatchObject({
      name: 'SettlementNotReplicatedError',
      // On a busy machine the other one may be late too.
      message: expect.stringMatching(
        new RegExp(`^[01] of 2 replicas acknowledged it within ${TIMEOUT_MS} ms$`),
      ),
      settlement: { txHash: txHash(1), state: 'queued' },
    });
    expect(present(await journal.read(NETWORK, txHash(1))).state).toBe('queued');
    continueOne();
    await expect
      .poll(() => journal.claim(claimOf(1)).catch(() => undefined))
      .toMatchObject({ kind: 'joined' });
  });

  it('does not acknowledge a claim that is joined from a process that wrote nothing', async () => {
    await stopOne();
    await journal.claim(claimOf(1)).catch(() => undefined);
    const other = openJournalAt(primary.url);
    await expect.poll(() => other.commands.status).toBe('ready');
    await expect
      .poll(() => other.journal.claim(claimOf(1)).catch((error: unknown) => error))
      .toMatchObject({ name: 'SettlementNotReplicatedError' });
  });

  it('tells whether both replicas have a settlement that was read', async () => {
    await stopOne();
    await journal.claim(claimOf(1)).catch(() => undefined);
    const read = present(await journal.read(NETWORK, txHash(1)));
    await expect(journal.awaitReplicas(read)).rejects.toMatchObject({
      name: 'SettlementNotReplicatedError',
      settlement: { txHash: txHash(1) },
    });
    continueOne();
    await patient.awaitReplicas(read);
    for (const replica of replicas) expect(present(await readAt(replica, 1)).state).toBe('queued');
    // As after a fail-over that lost it: the record was read at the old primary, and the replicas are asked at the new one.
    await redis.del(journalKeys(NETWORK).record(txHash(1)));
    await expect(patient.awaitReplicas(read)).rejects.toMatchObject({
      name: 'SettlementNotReplicatedError',
      message: 'the Redis that is the primary now does not have it',
    });
  });

  it('acknowledges nothing that it wrote before it was connected to another primary', async () => {
    const lua = 'return ARGV[1]';
    const former = await startRedis({ exclusive: true });
    const admin = connectRedis({
      settings: redisSettingsFromUrl(former.url),
      role: 'worker',
      name: 'former',
      onError: () => undefined,
    });
    cleanups.push(former.stop, () => disconnectRedis(admin));
    for (const node of [admin, primary.redis]) await node.script('LOAD', lua);
    const ports = [Number(new URL(former.url).port), primary.port];
    const REPLY = '$1\r\n1\r\n';
    // The first of two replies of the former primary arrives; then all that connect reach the new one.
    const clients = new Set<Socket>();
    const proxy = createServer((client) => {
      clients.add(client);
      const [port = primary.port] = ports;
      const server = createConnection(port, '127.0.0.1');
      client.on('error', () => undefined).on('close', () => server.destroy());
      server.on('error', () => undefined).on('close', () => client.destroy());
      client.pipe(server);
      server.on('data', (chunk) => {
        if (ports.length === 1 || !chunk.includes(REPLY)) return client.write(chunk);
        ports.shift();
        return client.end(REPLY, () => {
          for (const each of clients) each.destroy();
        });
      });
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    cleanups.push(async () => void proxy.close());
    const { port } = proxy.address() as AddressInfo;
    const acknowledged = openAcknowledgedWrites({
      settings: { host: '127.0.0.1', port },
      name: 'proxied',
      replicas: 2,
      timeoutMs: 3_000,
      onError: () => undefined,
    });
    cleanups.push(acknowledged.close);
    const script = acknowledged.defineScript({ name: 'echo', lua });
    await expect.poll(() => admin.client('LIST')).toMatch(/(name=proxied[\s\S]*){4}/);
    const busy = Array.from({ length: 4 }, () => script([], ['0']));
    const outcomes = await Promise.allSettled([...busy, script([], ['1']), script([], ['2'])]);
    expect(outcomes.map(({ status }) => status)).not.toContain('fulfilled');
    // The same word: where a slow machine gave up before it was sent, its reply leads to the new primary only now.
    const again = () => script([], ['1']).catch(() => undefined);
    await expect.poll(again).toBe('1');
  });

  it('does not acknowledge a settlement that a call joins later while a replica may lack it', async () => {
    await stopOne();
    await journal.claim(claimOf(1)).catch(() => undefined);
    const known = present(await journal.read(NETWORK, txHash(1)));
    await expect(journal.join(known, callOf('order-1'))).rejects.toMatchObject({
      name: 'SettlementNotReplicatedError',
      settlement: { txHash: txHash(1) },
    });
    await expect(journal.join(known, { ...callOf('any'), idempotencyKey: undefined })).rejects.toMatchObject({
      name: 'SettlementNotReplicatedError',
    });
    continueOne();
    expect(await patient.join(known, callOf('order-1'))).toMatchObject({ kind: 'joined' });
  });

  it('does not acknowledge one that has ended either: only this primary may know of it', async () => {
    await confirm(1);
    await stopOne();
    const known = present(await journal.read(NETWORK, txHash(1)));
    expect(known.state).toBe('confirmed');
    const unnamed = { ...callOf('any'), idempotencyKey: undefined };
    await expect(journal.join(known, unnamed)).rejects.toMatchObject({
      name: 'SettlementNotReplicatedError',
    });
    continueOne();
    expect(await patient.join(known, unnamed)).toMatchObject({ kind: 'joined' });
  });

  it('does not acknowledge one that the primary of now does not have', async () => {
    await confirm(1);
    const known = present(await journal.read(NETWORK, txHash(1)));
    await redis.del(journalKeys(NETWORK).record(txHash(1)));
    await expect(patient.join(known, callOf('order-1'))).rejects.toMatchObject({
      name: 'SettlementNotReplicatedError',
    });
  });

  it('does not hold up other commands, nor refuse what claims nothing, while a replica stands still', async () => {
    await patient.claim(claimOf(1));
    await stopOne();
    const waiting = Array.from({ length: 50 }, (_, index) =>
      journal.claim(claimOf(index + 10)).catch((error: unknown) => error),
    );
    const startedMs = performance.now();
    expect(present(await journal.read(NETWORK, txHash(1))).state).toBe('queued');
    expect(performance.now() - startedMs).toBeLessThan(TIMEOUT_MS);
    expect((await journal.claim(claimOf(1, { binding: 'other' }))).kind).toBe('bound-elsewhere');
    for (const error of await Promise.all(waiting))
      expect(error).toMatchObject({ name: 'SettlementNotReplicatedError' });
    // Behind those that came before them, they waited for one WAIT more at most.
    expect(performance.now() - startedMs).toBeLessThan(4 * TIMEOUT_MS + 1_000);
  });

  it('takes back a delivery that was not acknowledged, so that the same call has the success afterwards, once', async () => {
    await confirm(1);
    await stopOne();
    await expect(journal.deliver(NETWORK, txHash(1))).rejects.toMatchObject({
      name: 'SettlementNotReplicatedError',
    });
    continueOne();
    await expect
      .poll(() => journal.deliver(NETWORK, txHash(1)).catch(() => undefined))
      .toMatchObject({ kind: 'delivered' });
    expect(await journal.deliver(NETWORK, txHash(1))).toMatchObject({ kind: 'already-delivered' });
  });

  it('takes no delivery back that another call of the same key may have', async () => {
    await confirm(1);
    // Long enough that the second call begins before the first one gives up.
    const { journal: slower, commands } = openJournalAt(primary.url, 2, 3_000);
    await expect.poll(() => commands.status).toBe('ready');
    await stopOne();
    const calls = await Promise.allSettled([
      slower.deliver(NETWORK, txHash(1), callOf('order-1')),
      slower.deliver(NETWORK, txHash(1), callOf('order-1')),
    ]);
    expect(calls.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(present(await journal.read(NETWORK, txHash(1))).deliveredAtMs).toEqual(expect.any(Number));
    continueOne();
    await expect
      .poll(() => journal.deliver(NETWORK, txHash(1), callOf('order-1')).catch(() => undefined))
      .toMatchObject({ kind: 'delivered' });
    expect(await journal.deliver(NETWORK, txHash(1), callOf('order-2'))).toMatchObject({
      kind: 'already-delivered',
    });
  });

  it('keeps every acknowledged claim and delivery when the primary is killed right afterwards', async () => {
    const acknowledged: number[] = [];
    const delivered: number[] = [];
    let isKilled = false;
    const customer = async (first: number) => {
      for (let seed = first; !isKilled; seed += 10) {
        try {
          if ((await patient.claim(claimOf(seed))).kind !== 'claimed') return;
          acknowledged.push(seed);
          await confirm(seed);
          if ((await patient.deliver(NETWORK, txHash(seed)))?.kind === 'delivered') delivered.push(seed);
        } catch {
          return;
        }
        if (delivered.length === 40) {
          primary.signal('SIGKILL');
          isKilled = true;
        }
      }
    };
    await Promise.all(Array.from({ length: 10 }, (_, index) => customer(index + 1)));
    expect(isKilled).toBe(true);
    for (const replica of replicas) {
      await replica.redis.replicaof('NO', 'ONE');
      for (const seed of acknowledged) expect(present(await readAt(replica, seed)).txHash).toBe(txHash(seed));
      for (const seed of delivered)
        expect(present(await readAt(replica, seed)).deliveredAtMs).toEqual(expect.any(Number));
    }
    expect(delivered.length).toBeGreaterThanOrEqual(40);
  });

  it('health says that replicas are missing before anyone settles', async () => {
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const watch = watchRedis({ redis, env: 'production', replicas: 2, log });
    cleanups.push(async () => watch.stop());
    await watch.durable;
    expect(await watch.look()).toBeUndefined();
    replicas[1]?.signal('SIGKILL');
    await expect.poll(watch.look).toMatchObject({
      refusal: 'NOREPLICAS',
      message: 'nothing can be accepted: 1 of the 2 replicas that must acknowledge it follow Redis',
    });
    await stopOne();
    await expect
      .poll(watch.look, { interval: 200 })
      .toMatchObject({ message: expect.stringContaining('0 of the 2 replicas') });
  });
});
