import { createHistory } from '@x402-facilitator/archive';
import { createSettlementEvents, type SettlementEvents } from '@x402-facilitator/journal';
import { claimOf, type JournalHarness, NETWORK, openJournal } from '@x402-facilitator/journal/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { followStatus, type StatusNews } from '../src/services/follow-status.js';
import { createReadStatus, type ReadStatus } from '../src/services/read-status.js';
import { createWaitForSettlement } from '../src/services/wait-for-settlement.js';

const HEARTBEAT_MS = 40;

let harness: JournalHarness;
let events: SettlementEvents;
let readStatus: ReadStatus;
const stopping = new AbortController();

beforeAll(async () => {
  harness = await openJournal();
  // A connection that waits for Redis, because one that fails fast would have to be ready first.
  const { journal } = harness;
  const subscriber = harness.connect('subscriber');
  const onError = () => undefined;
  events = createSettlementEvents({ subscriber, networks: [NETWORK], journal, onError });
  const wait = createWaitForSettlement({ journal, events });
  readStatus = createReadStatus({
    networks: { names: [NETWORK] },
    history: createHistory({ journal, archive: undefined }),
    wait,
    stopping: stopping.signal,
  });
});
afterAll(async () => {
  await events.close();
  await harness.close();
});

function follow(seed: number, { hungUp = new AbortController(), seenRevision = -1 } = {}) {
  const { txHash } = claimOf(seed);
  const { signal } = hungUp;
  return followStatus({
    ...{ readStatus, events, txHash, viewer: undefined, seenRevision, heartbeatMs: HEARTBEAT_MS },
    ...{ hungUp: signal, stopping: stopping.signal },
  });
}

const nameOf = ({ value }: IteratorResult<StatusNews, void>) =>
  value?.kind === 'changed' ? value.settlement.state : value?.kind;

test('between two changes the connection is kept alive, and a change is sent at once', async () => {
  await harness.journal.claim(claimOf(1));
  const news = follow(1);
  expect(nameOf(await news.next())).toBe('queued');
  expect(nameOf(await news.next())).toBe('heartbeat');
  expect(nameOf(await news.next())).toBe('heartbeat');
  const { txHash: transaction } = claimOf(1);
  await harness.journal.transition({
    network: NETWORK,
    txHash: transaction,
    from: ['queued'],
    to: 'submitting',
  });
  expect(nameOf(await news.next())).toBe('submitting');
  await news.return(undefined);
});

test('a follower that returns with the last revision gets only the next change', async () => {
  await harness.journal.claim(claimOf(2));
  const news = follow(2, { seenRevision: 1 });
  expect(nameOf(await news.next())).toBe('heartbeat');
  const { txHash: transaction } = claimOf(2);
  await harness.journal.transition({
    network: NETWORK,
    txHash: transaction,
    from: ['queued'],
    to: 'submitting',
  });
  expect(nameOf(await news.next())).toBe('submitting');
  await news.return(undefined);
});

test('a hang-up ends it without another event', async () => {
  await harness.journal.claim(claimOf(3));
  const hungUp = new AbortController();
  const news = follow(3, { hungUp });
  expect(nameOf(await news.next())).toBe('queued');
  const next = news.next();
  hungUp.abort();
  expect(await next).toEqual({ done: true, value: undefined });
});
