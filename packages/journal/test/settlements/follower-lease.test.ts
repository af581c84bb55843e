import { ok, slot } from '@x402-facilitator/cardano';
import { createChainWindowStore, createFollowerLease } from '@x402-facilitator/journal';
import { describe, expect, it } from 'vitest';
import { NETWORK, useJournal } from '../support/harness.js';

describe('the follower’s lease', () => {
  const harness = useJournal();

  const leaseOf = (holder: string, ttlMs = 60_000) =>
    createFollowerLease({ redis: harness.redis, network: NETWORK, holder, ttlMs });

  it('has one holder, is renewed under the same fence, and once released can be taken at once', async () => {
    const [first, second] = [leaseOf('a'), leaseOf('b')];
    expect(await first.acquire()).toBe(1);
    expect(await first.acquire()).toBe(1);
    expect(await second.acquire()).toBeUndefined();
    await second.release();
    expect(await second.acquire()).toBeUndefined();
    await first.release();
    expect(await second.acquire()).toBe(2);
  });

  it('can be taken by another when its holder stops renewing', async () => {
    const [first, second] = [leaseOf('a', 300), leaseOf('b')];
    expect(await first.acquire()).toBe(1);
    await expect.poll(() => second.acquire()).toBe(2);
    expect(await first.acquire()).toBeUndefined();
  });

  it('lets only the newest holder move the place on the chain', async () => {
    const window = [{ hash: 'aa', height: 7, slot: slot(70) }];
    const store = createChainWindowStore({ redis: harness.redis, network: NETWORK });
    expect(await store.read()).toEqual(ok([]));
    const old = (await leaseOf('a', 1).acquire()) ?? 0;
    expect(await store.save(old, window)).toBe(true);
    await expect.poll(() => leaseOf('b').acquire()).toBe(2);
    expect(await store.save(old, [])).toBe(false);
    expect(await store.read()).toEqual(ok(window));
  });
});
