import {
  type ArchiveReader,
  ArchiveUnavailableError,
  createHistory,
  guardReader,
} from '@x402-facilitator/archive';
import { expect, it } from 'vitest';
import { entryOf, txHash } from './support/index.js';

const NETWORKS = ['cardano:preview', 'cardano:preprod'] as const;
const { settlement } = entryOf(1);

const never: ArchiveReader = { find: () => new Promise(() => undefined) };

it('an archive that is silent is waited for once, and then not for a second', async () => {
  let nowMs = 0;
  const reader = guardReader(never, { timeoutMs: 20, now: () => nowMs });
  await expect(reader.find(NETWORKS, txHash(1))).rejects.toThrow('did not answer within 20 ms');
  await expect(reader.find(NETWORKS, txHash(2))).rejects.toThrow('a moment ago');
  nowMs += 1_000;
  await expect(reader.find(NETWORKS, txHash(3))).rejects.toThrow('did not answer within 20 ms');
});

it('few questions are open at a time, whoever asks', async () => {
  const reader = guardReader(never, { timeoutMs: 50, now: () => 0 });
  const asked = Array.from({ length: 200 }, (_, seed) => reader.find(NETWORKS, txHash(seed)));
  const said = await Promise.allSettled(asked);
  const refused = said.filter((it) => it.status === 'rejected' && /too much/.test(String(it.reason)));
  expect(refused).toHaveLength(200 - 32);
});

it('what is not there is not asked for again at once, and what is there always', async () => {
  let asked = 0;
  const reader = guardReader(
    {
      async find(_networks, id) {
        asked += 1;
        return id === settlement.txHash
          ? { ...entryOf(1), receipt: undefined, sponsorship: undefined, isErased: false }
          : undefined;
      },
    },
    { timeoutMs: 1_000 },
  );
  for (let call = 0; call < 5; call += 1) expect(await reader.find(NETWORKS, txHash(9))).toBeUndefined();
  expect(asked).toBe(1);
  for (let call = 0; call < 5; call += 1)
    expect((await reader.find(NETWORKS, txHash(1)))?.settlement).toEqual(settlement);
  expect(asked).toBe(6);
});

it('what Redis has needs no archive, on whichever network it is', async () => {
  const away: ArchiveReader = {
    find: () => Promise.reject(new ArchiveUnavailableError('the archive does not answer')),
  };
  const history = createHistory({
    journal: {
      read: async (network) => ({ ok: true, value: network === 'cardano:preview' ? settlement : undefined }),
    },
    archive: away,
  });
  expect((await history.find(NETWORKS, txHash(1))).reading).toEqual({ ok: true, value: settlement });
  const none = { read: async () => undefined };
  expect(await history.readReceipt(settlement, none)).toEqual({ kind: 'none' });
  const empty = createHistory({
    journal: { read: async () => ({ ok: true, value: undefined }) },
    archive: away,
  });
  await expect(empty.find(NETWORKS, txHash(1))).rejects.toThrow(ArchiveUnavailableError);
  await expect(empty.readReceipt(settlement, none)).rejects.toThrow(ArchiveUnavailableError);
});
