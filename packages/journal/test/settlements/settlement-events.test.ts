import { createSettlementEvents, type Settlement, type SettlementEvents } from '@x402-facilitator/journal';
import { afterEach, describe, expect, it } from 'vitest';
import {
  changeTo,
  claimOf,
  type JournalHarness,
  NETWORK,
  openJournal,
  present,
  txHash,
} from '../support/harness.js';

type SettlementEvent = Parameters<Parameters<SettlementEvents['subscribe']>[1]>[0];

describe('settlement events', () => {
  const cleanups: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  const open = async () => {
    const harness = await openJournal();
    cleanups.push(harness.close);
    return harness;
  };
  const listen = (harness: JournalHarness, errors: Error[] = []) => {
    const subscriber = harness.connect('subscriber');
    const events = createSettlementEvents({
      subscriber,
      networks: [NETWORK],
      journal: harness.journal,
      onError: (error) => errors.push(error),
    });
    cleanups.push(events.close);
    return { events, subscriber };
  };
  const subscribers = async (harness: JournalHarness) => {
    const [, count] = await harness.redis.pubsub('NUMSUB', '{x402}:journal:preview:events');
    return Number(count);
  };

  it('report every write with its new revision, on each of two replicas', async () => {
    const harness = await open();
    const seen: SettlementEvent[][] = [[], []];
    for (const list of seen) listen(harness).events.subscribe(txHash(1), (event) => list.push(event));
    await expect.poll(() => subscribers(harness)).toBe(2);

    await harness.journal.claim(claimOf(1));
    await harness.journal.claim(claimOf(2));
    await harness.journal.transition({
      network: NETWORK,
      txHash: txHash(1),
      from: ['queued'],
      to: 'submitting',
    });
    const expected = [
      { network: NETWORK, txHash: txHash(1), state: 'queued', revision: 1 },
      { network: NETWORK, txHash: txHash(1), state: 'submitting', revision: 2 },
    ];
    await expect.poll(() => seen).toEqual([expected, expected]);
  });

  it('reach the listeners that stayed, and none that left', async () => {
    const harness = await open();
    const { events } = listen(harness);
    const seen: string[] = [];
    const leave = events.subscribe(txHash(1), () => seen.push('left'));
    events.subscribe(txHash(1), () => seen.push('stayed'));
    leave();
    await expect.poll(() => subscribers(harness)).toBe(1);
    await harness.journal.claim(claimOf(1));
    await expect.poll(() => seen).toEqual(['stayed']);
  });

  it('report what was missed while the connection was away', async () => {
    const harness = await open();
    const { events, subscriber } = listen(harness);
    const seen: SettlementEvent[] = [];
    events.subscribe(txHash(1), (event) => seen.push(event));
    await expect.poll(() => subscribers(harness)).toBe(1);

    subscriber.disconnect();
    await expect.poll(() => subscribers(harness)).toBe(0);
    await harness.journal.claim(claimOf(1));
    await subscriber.connect();
    await expect
      .poll(() => seen)
      .toEqual([{ network: NETWORK, txHash: txHash(1), state: 'queued', revision: 1 }]);

    await harness.journal.transition({
      network: NETWORK,
      txHash: txHash(1),
      from: ['queued'],
      to: 'submitting',
    });
    await expect.poll(() => seen.map(({ revision }) => revision)).toEqual([1, 2]);
  });

  it('bring the record as each write left it; those of another version bring none', async () => {
    const harness = await open();
    const { events } = listen(harness);
    const seen: (Settlement | undefined)[] = [];
    events.subscribe(txHash(1), (_event, settlement) => seen.push(settlement));
    await expect.poll(() => subscribers(harness)).toBe(1);
    await harness.journal.claim(claimOf(1));
    const claimed = await harness.journal.read(NETWORK, txHash(1));
    await harness.journal.transition(changeTo('submitting', { txHash: txHash(1) }));
    const submitting = await harness.journal.read(NETWORK, txHash(1));
    const old = { network: NETWORK, transaction: txHash(1), state: 'submitted', revision: 3 };
    const other = { ...old, revision: 4, layout: 'of another', record: ['1', 'submitted'] };
    for (const event of [old, other])
      await harness.redis.publish('{x402}:journal:preview:events', JSON.stringify(event));
    const [first, second] = [claimed, submitting].map((reading) => present(reading));
    await expect.poll(() => seen).toEqual([first, second, undefined, undefined]);
  });

  it('that were lost are made good by a look at the record', async () => {
    const harness = await open();
    const subscriber = harness.connect('subscriber');
    const { journal } = harness;
    const errors: Error[] = [];
    const options = { subscriber, networks: [NETWORK] as const, journal, pollMs: 50 };
    const events = createSettlementEvents({ ...options, onError: (error) => errors.push(error) });
    cleanups.push(events.close);
    const seen: (Settlement | undefined)[] = [];
    events.subscribe(txHash(1), (_event, settlement) => seen.push(settlement));
    await expect.poll(() => subscribers(harness)).toBe(1);
    await subscriber.unsubscribe();
    await harness.journal.claim(claimOf(1));
    await expect.poll(() => seen).toEqual([present(await journal.read(NETWORK, txHash(1)))]);
    expect(errors).toEqual([]);
  });

  it('report a message that is not an event, and continue', async () => {
    const harness = await open();
    const errors: Error[] = [];
    const { events } = listen(harness, errors);
    const seen: SettlementEvent[] = [];
    events.subscribe(txHash(1), (event) => seen.push(event));
    await expect.poll(() => subscribers(harness)).toBe(1);
    await harness.redis.publish('{x402}:journal:preview:events', '{"transaction":1}');
    await harness.journal.claim(claimOf(1));
    await expect.poll(() => seen).toHaveLength(1);
    expect(errors).toHaveLength(1);
  });
});
