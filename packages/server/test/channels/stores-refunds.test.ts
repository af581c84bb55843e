import { waitUntil } from '@x402-facilitator/tools/processes';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ChannelStore, SignedRefund } from '../../src/channels/index.js';
import { channel, charged, useStores } from './stores-support.js';
import { request, view } from './support.js';

describe.each(useStores())('refunds in a store of channels %s', (_, open) => {
  let store: ChannelStore;
  let other: ChannelStore;
  beforeAll(async () => {
    [store, other] = await open();
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
    const it_ = await charged(store, 2);
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
    const it_ = await charged(store, 3);
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
    const it_ = await charged(store, 1);
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
    const it_ = await charged(store, 1);
    await ending(it_, 10n, refundOf({ untilMs: Date.now() - 1 }));
    expect(await other.reserve(request(it_, 10n, 10n))).toMatchObject({ kind: 'ask-facilitator' });
    const asked = request(it_, 10n, 10n, { view: view() });
    expect(await other.reserve(asked)).toMatchObject({ kind: 'reserved' });
    expect((await store.read(it_.channelId))?.refund).toBeUndefined();
    await other.commit({ channelId: it_.channelId, holder: asked.holder, charged: 20n });
    expect(await store.reserve(request(it_, 20n, 10n))).toMatchObject({ kind: 'reserved' });
  });

  it('serves on after a refund without an end only where the channel is at another place', async () => {
    const it_ = await charged(store, 1);
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
    const it_ = await charged(store, 1);
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
    const it_ = await charged(store, 1);
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
});
