import { waitUntil } from '@x402-facilitator/tools/processes';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ChannelStore } from '../../src/channels/index.js';
import { channel, charged, useStores } from './stores-support.js';
import { answer, request, view } from './support.js';

describe.each(useStores())('a store of channels %s', (_, open) => {
  let store: ChannelStore;
  let other: ChannelStore;
  beforeAll(async () => {
    [store, other] = await open();
  });

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
    const it_ = await charged(store, 1);
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
    const it_ = await charged(store, 1);
    const asked = Array.from({ length: 20 }, (_each, at) => (at % 2 === 0 ? store : other)).map((each) =>
      each.reserve(request(it_, 10n, 10n)),
    );
    const kinds = (await Promise.all(asked)).map(({ kind }) => kind).sort();
    expect(kinds).toEqual([...Array.from({ length: 19 }, () => 'busy'), 'reserved']);
  });

  it('charges once, however often and wherever it is told to', async () => {
    const it_ = await charged(store, 1);
    const asked = request(it_, 10n, 10n);
    await store.reserve(asked);
    const commit = { channelId: it_.channelId, holder: asked.holder, charged: 20n };
    const done = await Promise.all([store, other, store, other].map((each) => each.commit(commit)));
    expect(done.map(({ kind }) => kind)).toEqual(['committed', 'committed', 'committed', 'committed']);
    expect(await store.read(it_.channelId)).toMatchObject({ charged: 20n, iou: { amount: 20n } });
  });

  it('charges no more than was signed, no less than before, and nothing that is not held', async () => {
    const it_ = await charged(store, 1);
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
    const it_ = await charged(store, 3);
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
    const it_ = await charged(store, 1);
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
    const it_ = await charged(store, 1);
    const slow = request(it_, 10n, 10n, { leaseMs: 500 });
    await store.reserve(slow);
    expect(await store.renew(it_.channelId, slow.holder, 60_000)).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 550));
    expect(await other.reserve(request(it_, 10n, 10n))).toEqual({ kind: 'busy' });
  });

  it('lets go without charge, and drops a channel that was never charged', async () => {
    const it_ = await charged(store, 1);
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
    const it_ = await charged(store, 1);
    expect(await store.observe(it_.channelId, view({ totalClaimed: 50n }))).toMatchObject({ charged: 50n });
    expect(await other.reserve(request(it_, 10n, 10n))).toMatchObject({ kind: 'other-count' });
    expect(await other.reserve(request(it_, 50n, 10n))).toMatchObject({ kind: 'reserved' });
  });

  it('records claims, closes and rollbacks of them while requests are served', async () => {
    const it_ = await charged(store, 2);
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
    const it_ = await charged(store, 1);
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
