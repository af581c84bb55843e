import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitUntil } from '@x402-facilitator/tools/processes';
import { startRedis } from '@x402-facilitator/tools/redis';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ChannelStore, createMemoryChannelStore, type SignedRefund } from '../../src/channels/index.js';
import { openRedisChannelStore } from '../../src/redis/index.js';
import { createSqliteChannelStore, type SqliteDatabase } from '../../src/sqlite/index.js';
import { answer, request, testChannel, view } from './support.js';

const Database = createRequire(import.meta.url)('better-sqlite3') as new (
  path: string,
) => SqliteDatabase & { close(): void };

const file = join(tmpdir(), `x402-channels-${randomUUID()}.db`);
let redis: Awaited<ReturnType<typeof startRedis>>;
const connections: Redis[] = [];
const databases: { close(): void }[] = [];
const memory = createMemoryChannelStore();

function connect(): Redis {
  const connection = new Redis(redis.url, { enableAutoPipelining: true });
  connections.push(connection);
  return connection;
}
function openFile() {
  const database = new Database(file);
  databases.push(database);
  return database;
}

beforeAll(async () => {
  redis = await startRedis({ exclusive: true, persistence: 'always' });
}, 60_000);
afterAll(async () => {
  for (const connection of connections) connection.disconnect();
  for (const database of databases) database.close();
  for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
  await redis?.stop();
});

let next = 0;
const channel = () => {
  next += 1;
  return testChannel(next);
};
/** The store as two processes have it. */
type Open = () => Promise<readonly [ChannelStore, ChannelStore]>;

describe.each([
  ['in memory', async () => [memory, memory]],
  ['in Redis', async () => [await openRedisChannelStore(connect()), await openRedisChannelStore(connect())]],
  ['in SQLite', async () => [createSqliteChannelStore(openFile()), createSqliteChannelStore(openFile())]],
] as [string, Open][])('a store of channels %s', (_, open) => {
  let store: ChannelStore;
  let other: ChannelStore;
  beforeAll(async () => {
    [store, other] = await open();
  });

  /** A channel that was charged `charged` times 10. */
  async function charged(times: number) {
    const it_ = channel();
    for (let at = 0n; at < BigInt(times); at += 1n) {
      const asked = request(it_, at * 10n, 10n, { view: view() });
      expect(await store.reserve(asked)).toMatchObject({ kind: 'reserved' });
      const { holder } = asked;
      const kept = { kept: answer(`${at}`), keepForMs: 60_000 };
      const { channelId } = it_;
      expect(await store.commit({ channelId, holder, charged: at * 10n + 10n, answer: kept })).toMatchObject({
        kind: 'committed',
      });
    }
    return it_;
  }

  it('reserves nothing that it does not know without the facilitator’s view', async () => {
    const it_ = channel();
    expect(await store.reserve(request(it_, 0n, 10n))).toEqual({
      kind: 'ask-facilitator',
      record: undefined,
    });
    expect(await store.read(it_.channelId)).toBeUndefined();
  });

  it('charges, and holds all that a claim needs, for every process', async () => {
    const it_ = channel();
    const asked = request(it_, 0n, 10n, { view: view() });
    expect(await store.reserve(asked)).toMatchObject({
      kind: 'reserved',
      restored: 0n,
      record: { iou: undefined },
    });
    const done = await store.commit({ channelId: it_.channelId, holder: asked.holder, charged: 7n });
    const { sign, ...identity } = it_;
    const record = {
      ...identity,
      ...view(),
      charged: 7n,
      iou: sign(10n),
      syncedAtMs: expect.any(Number),
      note: '',
    };
    expect(done).toEqual({ kind: 'committed', record });
    expect(await other.read(it_.channelId)).toEqual(record);
    const listed = [];
    for await (const each of other.list()) listed.push(each);
    expect(listed).toContainEqual(record);
  });

  it('goes on from a fresh record without the facilitator, and asks where it cannot vouch', async () => {
    const it_ = await charged(1);
    const ask = { kind: 'ask-facilitator', record: { charged: 10n } };
    for (const [what, asked] of [
      ['old', request(it_, 10n, 10n, { freshForMs: 0 })],
      ['above the balance', request(it_, 10n, 1_000_000n)],
      ['of other terms', request({ ...it_, config: { ...it_.config, payer: 'ba'.repeat(28) } }, 10n, 10n)],
      ['of another network', request({ ...it_, network: 'cardano:preview' }, 10n, 10n)],
    ] as const)
      expect([what, await other.reserve(asked)]).toMatchObject([what, ask]);
    await store.observe(it_.channelId, view({ withdrawRequestedAt: 1 }));
    expect(await other.reserve(request(it_, 10n, 10n))).toMatchObject(ask);
    await store.observe(it_.channelId, view());
    expect(await other.reserve(request(it_, 10n, 10n))).toMatchObject({ kind: 'reserved', restored: 0n });
  });

  it('vouches for no channel that is not on the ledger yet', async () => {
    const it_ = channel();
    // Its opening was verified, and the server died.
    const opening = request(it_, 0n, 10n, { view: view({ channelRef: '' }), leaseMs: 500 });
    expect(await store.reserve(opening)).toMatchObject({ kind: 'reserved' });
    const voucher = request(it_, 0n, 10n);
    let said = await other.reserve(voucher);
    while (said.kind === 'busy') said = await other.reserve(voucher);
    expect(said).toMatchObject({ kind: 'ask-facilitator', record: { channelRef: '', iou: undefined } });
    const found = view({ totalClaimed: 0n });
    expect(await other.reserve({ ...voucher, view: found })).toMatchObject({ kind: 'reserved' });
    await other.commit({ channelId: it_.channelId, holder: voucher.holder, charged: 10n });
    expect(await store.read(it_.channelId)).toMatchObject({ charged: 10n, channelRef: found.channelRef });
  });

  it('gives a channel to one request at a time, whatever process asks', async () => {
    const it_ = await charged(1);
    const asked = Array.from({ length: 20 }, (_each, at) => (at % 2 === 0 ? store : other)).map((each) =>
      each.reserve(request(it_, 10n, 10n)),
    );
    const kinds = (await Promise.all(asked)).map(({ kind }) => kind).sort();
    expect(kinds).toEqual([...Array.from({ length: 19 }, () => 'busy'), 'reserved']);
  });

  it('charges once, however often and wherever it is told to', async () => {
    const it_ = await charged(1);
    const asked = request(it_, 10n, 10n);
    await store.reserve(asked);
    const commit = { channelId: it_.channelId, holder: asked.holder, charged: 20n };
    const done = await Promise.all([store, other, store, other].map((each) => each.commit(commit)));
    expect(done.map(({ kind }) => kind)).toEqual(['committed', 'committed', 'committed', 'committed']);
    expect(await store.read(it_.channelId)).toMatchObject({ charged: 20n, iou: { amount: 20n } });
  });

  it('charges no more than was signed, no less than before, and nothing that is not held', async () => {
    const it_ = await charged(1);
    const asked = request(it_, 10n, 10n);
    await store.reserve(asked);
    const { channelId } = it_;
    const { holder } = asked;
    for (const commit of [
      { channelId, holder, charged: 21n },
      { channelId, holder, charged: 10n },
      { channelId, holder, charged: 9n },
      { channelId, holder: 'a stranger', charged: 20n },
      { channelId: 'f'.repeat(64), holder, charged: 20n },
    ])
      expect([commit, await other.commit(commit)]).toEqual([commit, { kind: 'not-held' }]);
    expect(await store.read(channelId)).toMatchObject({ charged: 10n });
    expect(await store.commit({ channelId, holder, charged: 20n })).toMatchObject({ kind: 'committed' });
  });

  it('compares amounts as numbers, to the last of 64 bits', async () => {
    const it_ = channel();
    const most = 2n ** 64n - 1n;
    const big = view({ balance: most });
    const first = request(it_, 0n, 9n, { view: big });
    await store.reserve(first);
    await store.commit({ channelId: it_.channelId, holder: first.holder, charged: 9n });
    const second = request(it_, 9n, most - 9n, { view: big });
    expect(await store.reserve(second)).toMatchObject({ kind: 'reserved' });
    const done = await store.commit({ channelId: it_.channelId, holder: second.holder, charged: most - 1n });
    expect(done).toMatchObject({ record: { charged: most - 1n, iou: { amount: most } } });
    const third = request(it_, most - 1n, 1n, { view: big });
    expect(await store.reserve(third)).toMatchObject({ kind: 'reserved' });
  });

  it('keeps the largest promise when a later one is smaller', async () => {
    const it_ = channel();
    const dear = request(it_, 0n, 100n, { view: view() });
    await store.reserve(dear);
    await store.commit({ channelId: it_.channelId, holder: dear.holder, charged: 4n });
    const cheap = request(it_, 4n, 3n);
    await store.reserve(cheap);
    const done = await store.commit({ channelId: it_.channelId, holder: cheap.holder, charged: 7n });
    expect(done).toMatchObject({ record: { charged: 7n, iou: it_.sign(100n) } });
  });

  it('answers the latest voucher again, and corrects every earlier and every other one', async () => {
    const it_ = await charged(3);
    const same = request(it_, 20n, 10n);
    expect(await other.reserve(same)).toMatchObject({
      kind: 'answered',
      answer: { ...answer('2'), body: expect.anything() },
    });
    const said = await store.reserve(same);
    if (said.kind !== 'answered') throw new Error('expected the answer');
    expect(Buffer.from(said.answer.body)).toEqual(Buffer.from(answer('2').body));
    const forged = { ...same.iou, signature: '00'.repeat(64) };
    for (const asked of [request(it_, 10n, 10n), request(it_, 31n, 10n), { ...same, iou: forged }])
      expect(await other.reserve(asked)).toMatchObject({ kind: 'other-count', record: { charged: 30n } });
  });

  it('keeps an answer for a while only, and beside a newer request', async () => {
    const sold = async (keepForMs: number) => {
      const it_ = channel();
      const asked = request(it_, 0n, 10n, { view: view() });
      await store.reserve(asked);
      const { channelId } = it_;
      const kept = { kept: answer('soon gone'), keepForMs };
      await store.commit({ channelId, holder: asked.holder, charged: 10n, answer: kept });
      return it_;
    };
    const long = await sold(60_000);
    await store.reserve(request(long, 10n, 10n));
    expect(await other.reserve(request(long, 0n, 10n))).toMatchObject({ kind: 'answered' });
    const short = await sold(50);
    await store.reserve(request(short, 10n, 10n));
    await waitUntil(async () => (await other.reserve(request(short, 0n, 10n))).kind === 'busy', {
      what: 'the answer to be gone',
      timeoutMs: 5_000,
    });
  });

  it('ends the lease of a process that died, and never lets it charge after another one has', async () => {
    const it_ = await charged(1);
    const { channelId } = it_;
    const dead = request(it_, 10n, 10n, { leaseMs: 100 });
    await store.reserve(dead);
    const heir = request(it_, 10n, 10n);
    await waitUntil(async () => (await other.reserve(heir)).kind === 'reserved', {
      what: 'the lease to end',
      timeoutMs: 5_000,
    });
    expect(await store.commit({ channelId, holder: dead.holder, charged: 20n })).toEqual({
      kind: 'not-held',
    });
    expect(await store.renew(channelId, dead.holder, 1_000)).toBe(false);
    await store.release(channelId, dead.holder);
    expect(await other.commit({ channelId, holder: heir.holder, charged: 20n })).toMatchObject({
      kind: 'committed',
    });
    expect(await store.commit({ channelId, holder: dead.holder, charged: 20n })).toEqual({
      kind: 'not-held',
    });
    expect(await store.read(channelId)).toMatchObject({ charged: 20n });
  });

  it('keeps a lease that is renewed', async () => {
    const it_ = await charged(1);
    const slow = request(it_, 10n, 10n, { leaseMs: 100 });
    await store.reserve(slow);
    expect(await store.renew(it_.channelId, slow.holder, 60_000)).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(await other.reserve(request(it_, 10n, 10n))).toEqual({ kind: 'busy' });
  });

  it('lets go without charge, and drops a channel that was never charged', async () => {
    const it_ = await charged(1);
    const asked = request(it_, 10n, 10n);
    await store.reserve(asked);
    await other.release(it_.channelId, 'a stranger');
    expect(await other.reserve(request(it_, 10n, 10n))).toEqual({ kind: 'busy' });
    await other.release(it_.channelId, asked.holder);
    expect(await other.reserve(request(it_, 10n, 10n))).toMatchObject({ kind: 'reserved' });
    const never = channel();
    const first = request(never, 0n, 10n, { view: view() });
    await store.reserve(first);
    await store.release(never.channelId, first.holder);
    expect(await store.read(never.channelId)).toBeUndefined();
  });

  it('restores the count of a lost record from the buyer’s next promise, and says how much', async () => {
    const it_ = channel();
    const asked = request(it_, 500n, 10n, { view: view({ totalClaimed: 200n }) });
    expect(await store.reserve(asked)).toMatchObject({
      kind: 'reserved',
      restored: 300n,
      record: { charged: 500n },
    });
    const done = await store.commit({ channelId: it_.channelId, holder: asked.holder, charged: 510n });
    expect(done).toMatchObject({ record: { charged: 510n, totalClaimed: 200n, iou: { amount: 510n } } });
  });

  it('never counts less than the ledger shows as redeemed', async () => {
    const lost = channel();
    const behind = request(lost, 100n, 10n, { view: view({ totalClaimed: 105n }) });
    expect(await store.reserve(behind)).toMatchObject({ kind: 'other-count', record: { charged: 105n } });
    expect(await store.read(lost.channelId)).toBeUndefined();
    const it_ = await charged(1);
    expect(await store.observe(it_.channelId, view({ totalClaimed: 50n }))).toMatchObject({ charged: 50n });
    expect(await other.reserve(request(it_, 10n, 10n))).toMatchObject({ kind: 'other-count' });
    expect(await other.reserve(request(it_, 50n, 10n))).toMatchObject({ kind: 'reserved' });
  });

  it('records claims, closes and rollbacks of them while requests are served', async () => {
    const it_ = await charged(2);
    const { channelId } = it_;
    const running = request(it_, 20n, 10n);
    await store.reserve(running);
    const claimed = view({ channelRef: `${'33'.repeat(32)}#1`, totalClaimed: 20n });
    expect(await other.observe(channelId, claimed, 'anchor')).toMatchObject({ ...claimed, note: 'anchor' });
    const done = await store.commit({ channelId, holder: running.holder, charged: 30n });
    expect(done).toMatchObject({ record: { ...claimed, charged: 30n, note: 'anchor' } });
    expect(await other.observe(channelId, view())).toMatchObject({ ...view(), charged: 30n, note: 'anchor' });
    expect(await other.observe('e'.repeat(64), view())).toBeUndefined();
  });

  it('takes the view of a deposit with its charge, and keeps a position that the view does not say', async () => {
    const it_ = channel();
    const { channelId } = it_;
    const opening = request(it_, 0n, 10n, { view: view({ channelRef: '' }) });
    await store.reserve(opening);
    const after = view({ channelRef: `${'44'.repeat(32)}#0`, balance: 5_000n });
    const done = await store.commit({ channelId, holder: opening.holder, charged: 10n, view: after });
    expect(done).toMatchObject({ record: after });
    const again = request(it_, 10n, 10n, { view: view({ channelRef: '' }) });
    expect(await store.reserve(again)).toMatchObject({ record: { channelRef: after.channelRef } });
  });

  it('drops an ended channel only if nothing has happened since', async () => {
    const it_ = await charged(1);
    const { channelId } = it_;
    expect(await store.remove(channelId, 9n)).toBe(false);
    const running = request(it_, 10n, 10n);
    await store.reserve(running);
    expect(await other.remove(channelId, 10n)).toBe(false);
    await store.release(channelId, running.holder);
    expect(await other.remove(channelId, 10n)).toBe(true);
    expect(await store.read(channelId)).toBeUndefined();
    for await (const record of store.list()) expect(record.channelId).not.toBe(channelId);
    expect(await store.remove(channelId, 10n)).toBe(false);
  });

  const PLACE = view().channelRef;
  const MOVED = `${'55'.repeat(32)}#0`;
  const refundOf = (over: Partial<SignedRefund> = {}): SignedRefund => ({
    ...{ txHash: 'ab'.repeat(32), channelRef: PLACE, untilMs: Date.now() + 60_000 },
    ...over,
  });
  /** Takes a channel for a refund, as a seller does. */
  async function ending(it_: ReturnType<typeof channel>, count: bigint, refund: SignedRefund) {
    const asked = request(it_, count, 0n, { view: view(), isRefund: true });
    expect(await store.reserve(asked)).toMatchObject({ kind: 'reserved' });
    expect(await store.end(it_.channelId, asked.holder, refund)).toBe(true);
  }

  it('serves nothing more, wherever it is asked, once a refund is signed', async () => {
    const it_ = await charged(2);
    const refund = refundOf();
    await ending(it_, 20n, refund);
    const record = { charged: 20n, iou: it_.sign(20n), refund };
    expect(await other.read(it_.channelId)).toMatchObject(record);
    for (const asked of [
      request(it_, 20n, 10n),
      request(it_, 20n, 10n, { view: view() }),
      request(it_, 20n, 10n, { view: view({ channelRef: MOVED }) }),
    ])
      expect(await other.reserve(asked)).toMatchObject({ kind: 'ending', record });
    // What was bought before is answered still.
    expect(await other.reserve(request(it_, 10n, 10n))).toMatchObject({ kind: 'answered' });
    expect(await other.observe(it_.channelId, view({ totalClaimed: 20n }))).toMatchObject({ refund });
  });

  it('takes a channel for a refund only on its count, and only while no request has it', async () => {
    const it_ = await charged(3);
    const on = (count: bigint) => request(it_, count, 0n, { view: view(), isRefund: true });
    for (const count of [0n, 10n, 20n, 31n])
      expect(await store.reserve(on(count))).toMatchObject({ kind: 'other-count', record: { charged: 30n } });
    const running = request(it_, 30n, 10n);
    await store.reserve(running);
    expect(await other.reserve(on(30n))).toEqual({ kind: 'busy' });
    await store.release(it_.channelId, running.holder);
    const both = await Promise.all([store.reserve(on(30n)), other.reserve(on(30n))]);
    expect(both.map(({ kind }) => kind).sort()).toEqual(['busy', 'reserved']);
    expect(await other.reserve(request(it_, 30n, 10n))).toEqual({ kind: 'busy' });
  });

  it('signs nothing for a request that has lost its lease', async () => {
    const it_ = await charged(1);
    const late = request(it_, 10n, 0n, { view: view(), isRefund: true, leaseMs: 50 });
    await store.reserve(late);
    const voucher = request(it_, 10n, 10n);
    await waitUntil(async () => (await other.reserve(voucher)).kind === 'reserved', {
      what: 'the lease to end',
      timeoutMs: 5_000,
    });
    expect(await store.end(it_.channelId, late.holder, refundOf())).toBe(false);
    expect(await store.end(it_.channelId, 'a stranger', refundOf())).toBe(false);
    expect(await store.end('f'.repeat(64), late.holder, refundOf())).toBe(false);
    await other.commit({ channelId: it_.channelId, holder: voucher.holder, charged: 20n });
    expect(await other.read(it_.channelId)).toMatchObject({ charged: 20n });
    expect((await other.read(it_.channelId))?.refund).toBeUndefined();
  });

  it('serves on when a refund can no longer be included and the facilitator has seen the channel', async () => {
    const it_ = await charged(1);
    await ending(it_, 10n, refundOf({ untilMs: Date.now() - 1 }));
    expect(await other.reserve(request(it_, 10n, 10n))).toMatchObject({ kind: 'ask-facilitator' });
    const asked = request(it_, 10n, 10n, { view: view() });
    expect(await other.reserve(asked)).toMatchObject({ kind: 'reserved' });
    expect((await store.read(it_.channelId))?.refund).toBeUndefined();
    await other.commit({ channelId: it_.channelId, holder: asked.holder, charged: 20n });
    expect(await store.reserve(request(it_, 20n, 10n))).toMatchObject({ kind: 'reserved' });
  });

  it('serves on after a refund without an end only where the channel is at another place', async () => {
    const it_ = await charged(1);
    await ending(it_, 10n, refundOf({ untilMs: 0 }));
    expect(await other.reserve(request(it_, 10n, 10n))).toMatchObject({ kind: 'ask-facilitator' });
    for (const channelRef of [PLACE, ''])
      expect(await other.reserve(request(it_, 10n, 10n, { view: view({ channelRef }) }))).toMatchObject({
        kind: 'ending',
      });
    const claimed = request(it_, 10n, 10n, { view: view({ channelRef: MOVED }) });
    expect(await other.reserve(claimed)).toMatchObject({ kind: 'reserved' });
  });

  it('waits for the longest of two refunds of one place', async () => {
    const it_ = await charged(1);
    const long = Date.now() + 60_000;
    await ending(it_, 10n, refundOf({ untilMs: long }));
    await ending(it_, 10n, refundOf({ txHash: 'cd'.repeat(32), untilMs: Date.now() - 1 }));
    expect(await other.read(it_.channelId)).toMatchObject({
      refund: { txHash: 'cd'.repeat(32), untilMs: long },
    });
    await ending(it_, 10n, refundOf({ untilMs: 0 }));
    await ending(it_, 10n, refundOf({ untilMs: long }));
    expect(await other.read(it_.channelId)).toMatchObject({ refund: { untilMs: 0 } });
  });

  it('never serves a channel again that a refund has ended, and keeps what was said of it', async () => {
    const it_ = await charged(1);
    const { channelId } = it_;
    const refund = refundOf({ untilMs: Date.now() - 1 });
    await ending(it_, 10n, refund);
    const settlement = JSON.stringify({ success: true, transaction: refund.txHash, note: 'ä/"' });
    await other.ended(channelId, refund.txHash, settlement);
    const ended = { kind: 'ending', record: { refund: { txHash: refund.txHash, settlement } } };
    for (const more of [{}, { view: view() }, { view: view({ channelRef: MOVED }) }]) {
      expect(await store.reserve(request(it_, 10n, 10n, more))).toMatchObject(ended);
      expect(await store.reserve(request(it_, 10n, 0n, { ...more, isRefund: true }))).toMatchObject(ended);
    }
    expect(await store.remove(channelId, 10n)).toBe(true);
    expect(await other.read(channelId)).toBeUndefined();
    await store.ended(channelId, refund.txHash, settlement);
    expect(await other.read(channelId)).toBeUndefined();
  });

  it('keeps and lists a channel that ends before it was ever charged', async () => {
    const it_ = channel();
    const { channelId } = it_;
    const startMs = Date.now();
    const asked = request(it_, 0n, 0n, { view: view(), isRefund: true, leaseMs: 50 });
    await store.reserve(asked);
    expect(await store.end(channelId, asked.holder, refundOf())).toBe(true);
    await store.release(channelId, asked.holder);
    await waitUntil(() => Date.now() > startMs + 150, { what: 'its lease to be over', timeoutMs: 5_000 });
    const listed = [];
    for await (const each of other.list()) if (each.channelId === channelId) listed.push(each);
    expect(listed).toMatchObject([{ charged: 0n, iou: it_.sign(0n), refund: { channelRef: PLACE } }]);
  });

  it('keeps hundreds of channels apart under load, and lists every one', async () => {
    const many = Array.from({ length: 250 }, () => channel());
    await Promise.all(
      many.map(async (it_, at) => {
        const each = at % 2 === 0 ? store : other;
        const asked = request(it_, 0n, BigInt(at + 1), { view: view() });
        await each.reserve(asked);
        await each.commit({ channelId: it_.channelId, holder: asked.holder, charged: BigInt(at + 1) });
      }),
    );
    const found = new Map<string, bigint>();
    for await (const { channelId, charged: of } of store.list()) found.set(channelId, of);
    expect(many.map(({ channelId }) => found.get(channelId))).toEqual(
      many.map((_each, at) => BigInt(at + 1)),
    );
  });
});
