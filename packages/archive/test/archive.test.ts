import { ArchiveBehindError, ArchiveUnavailableError } from '@x402-facilitator/archive';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Archive } from '../src/archive.js';
import { openArchive } from '../src/open-archive.js';
import type { ArchivedSettlement } from '../src/read.js';
import { backends, entryOf, type OpenedBackend, txHash } from './support/index.js';

const NETWORKS = ['cardano:preview'] as const;
const NOW_MS = 1_800_000_000_000;
const ALL = { network: 'cardano:preview', fromMs: 0, untilMs: Number.POSITIVE_INFINITY } as const;

async function allOf(archive: Archive, filter: Parameters<Archive['pages']>[0] = ALL) {
  const found: ArchivedSettlement[] = [];
  for await (const page of archive.pages(filter)) found.push(...page);
  return found;
}

for (const { name, open } of await backends())
  describe.skipIf(open === undefined)(`an archive in ${name}`, () => {
    let backend: OpenedBackend;
    let archive: Archive;
    beforeAll(async () => {
      if (open === undefined) return;
      backend = await open();
      archive = await backend.connect();
      await expect(archive.check()).rejects.toThrow(ArchiveBehindError);
      expect(await archive.migrate()).toEqual(['0001-settlements']);
      await archive.check();
    });
    afterAll(() => backend?.close());

    it('is brought up to date once, by any number of processes', async () => {
      const other = await backend.connect();
      expect(await Promise.all([archive.migrate(), other.migrate()])).toEqual([[], []]);
    });

    it('gives back what was written, as it was', async () => {
      const receipt = { format: 'cip8', payload: '{}', signature: '84', key: 'a4', address: 'addr_test1' };
      const paid = { id: 'f'.repeat(32), feeLovelace: '170000' };
      const entry = entryOf(1, {}, { receipt: JSON.stringify(receipt), sponsorship: JSON.stringify(paid) });
      expect(await archive.write([entry], NOW_MS)).toEqual([{ kind: 'written' }]);
      expect(await archive.find(NETWORKS, txHash(1))).toEqual({
        settlement: entry.settlement,
        fields: entry.fields,
        receipt,
        sponsorship: paid,
        isErased: false,
      });
      expect(await archive.find(NETWORKS, txHash(0xdead))).toBeUndefined();
      expect(await archive.find(['cardano:mainnet'], txHash(1))).toBeUndefined();
    });

    it('holds each once, whoever writes it how often, and reports what differs', async () => {
      const other = await backend.connect();
      const batch = [10, 11, 12].map((seed) => entryOf(seed));
      // A file that another one writes to is tried again, as by a worker.
      const write = async (...asked: Parameters<Archive['write']>): ReturnType<Archive['write']> =>
        other.write(...asked).catch(() => write(...asked));
      const outcomes = await Promise.all([
        archive.write(batch, NOW_MS),
        write([...batch].reverse(), NOW_MS + 1),
        archive.write(batch.slice(1), NOW_MS + 2),
      ]);
      const kinds = outcomes.flat().map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === 'written')).toHaveLength(3);
      expect(kinds.filter((kind) => kind === 'known')).toHaveLength(5);
      const changed = entryOf(11, { amount: '1' });
      expect(await archive.write([changed, entryOf(13)], NOW_MS)).toEqual([
        { kind: 'differs' },
        { kind: 'written' },
      ]);
      expect((await archive.find(NETWORKS, txHash(11)))?.settlement.amount).toBe(2_000_000n);
    });

    it('keeps amounts that no 64-bit number holds', async () => {
      const amount = '9'.repeat(38);
      await archive.write([entryOf(20, { amount })], NOW_MS);
      expect((await archive.find(NETWORKS, txHash(20)))?.settlement.amount).toBe(BigInt(amount));
    });

    it('takes every text as text: injections, NUL, half a character, a megabyte', async () => {
      const nasty = [
        `'); DROP TABLE x402_settlements; --`,
        `' OR '1'='1`,
        '$1 %s \\x27; \\',
        'a\0b',
        '\ud800 half',
        '\u202e\ufeff🙂',
        'x'.repeat(1_000_000),
      ];
      const names = [
        'payer',
        'payTo',
        'asset',
        'keyName',
        'resource',
        'lastProviderMessage',
        'binding',
        'method',
      ];
      let seed = 100;
      for (const text of nasty) {
        const entry = entryOf(seed, Object.fromEntries(names.map((field) => [field, text])));
        expect(await archive.write([entry], NOW_MS)).toEqual([{ kind: 'written' }]);
        expect((await archive.find(NETWORKS, txHash(seed)))?.fields).toEqual(entry.fields);
        seed += 1;
      }
      expect(await allOf(archive, { ...ALL, keyName: `' OR '1'='1` })).toHaveLength(1);
      expect(await archive.erase(`' OR '1'='1`, NOW_MS)).toBe(1);
      expect(await archive.find(NETWORKS, `' OR '1'='1` as never)).toBeUndefined();
    });

    it('walks through any number of them in order, of one key and one time, a page at a time', async () => {
      const seeds = Array.from({ length: 1_205 }, (_, place) => 1_000 + place);
      // Many that ended in one millisecond cross the pages.
      const batch = seeds.map((seed) =>
        entryOf(seed, { settledAtMs: '1600000000000', keyName: seed % 2 === 0 ? 'even' : 'odd' }),
      );
      await archive.write(batch, NOW_MS);
      const window = { ...ALL, fromMs: 1_600_000_000_000, untilMs: 1_600_000_000_001 };
      const found = await allOf(archive, window);
      expect(found.map(({ settlement }) => settlement.txHash)).toEqual(seeds.map(txHash));
      expect(await allOf(archive, { ...window, keyName: 'even' })).toHaveLength(603);
      expect(await allOf(archive, { ...window, untilMs: window.fromMs })).toEqual([]);
    });

    it('forgets a person where it is asked to, and keeps the sums', async () => {
      const payer = 'addr_test1forgetme';
      const receipt = JSON.stringify({ format: 'cip8', payload: payer, signature: '', key: '', address: '' });
      const failed = {
        ...{ state: 'failed', blockHash: undefined, blockHeight: undefined, blockSlot: undefined },
        ...{ includedAtMs: undefined, confirmations: undefined, deliveredAtMs: undefined },
        ...{ errorReason: 'why', errorMessage: `${payer} could not pay`, traceparent: '00-a-b-01' },
      };
      await archive.write(
        [
          entryOf(5_000, { payer, success: JSON.stringify({ extra: { payer } }) }, { receipt }),
          entryOf(5_001, { payTo: payer, redeemedBecause: payer, termsDigest: 'abc' }),
          entryOf(5_002, { payer, ...failed, lastProviderMessage: `mempool says ${payer}` }),
          entryOf(5_003),
        ],
        NOW_MS,
      );
      const seeds = [5_000, 5_001, 5_002, 5_003];
      const before = await Promise.all(seeds.map((seed) => archive.find(NETWORKS, txHash(seed))));
      expect(await archive.erase(payer, NOW_MS)).toBe(3);
      expect(await archive.erase(payer, NOW_MS)).toBe(0);
      const after = await Promise.all(seeds.map((seed) => archive.find(NETWORKS, txHash(seed))));
      expect(JSON.stringify(after.slice(0, 3).map((it) => [it?.fields, it?.receipt]))).not.toMatch(
        new RegExp(`${payer}|00-a-b-01|somebody`),
      );
      const sums = (of: typeof before) =>
        of.map((it) => {
          const { state, amount, asset, endedAtMs, queuedAtMs, keyName, block } = it?.settlement ?? {};
          return { state, amount, asset, endedAtMs, queuedAtMs, keyName, block };
        });
      expect(sums(after)).toEqual(sums(before));
      expect(after.map((it) => it?.settlement.payer)).toEqual([
        'erased',
        'addr_test1payer',
        'erased',
        'addr_test1payer',
      ]);
      expect(after.map((it) => it?.settlement.payTo)).toEqual([
        'addr_test1payto',
        'erased',
        'addr_test1payto',
        'addr_test1payto',
      ]);
      expect(after.slice(0, 3).map((it) => it?.settlement.resource)).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
      expect(after[3]).toEqual(before[3]);
      // A worker that writes it again brings nothing back.
      expect(await archive.write([entryOf(5_000, { payer })], NOW_MS)).toEqual([{ kind: 'known' }]);
    });

    it('lets nothing be changed or deleted but by erasing and pruning', async () => {
      const raw = async (text: string) => {
        if (backend.postgres !== undefined) return void (await backend.postgres.sql(text));
        const { default: Sqlite } = await import('better-sqlite3');
        const file = new Sqlite(backend.url.slice('sqlite:'.length));
        try {
          file.exec(text);
        } finally {
          file.close();
        }
      };
      await archive.write([entryOf(6_000)], NOW_MS);
      const where = `WHERE transaction_id = '${txHash(6_000)}'`;
      for (const text of [
        `UPDATE x402_settlements SET amount = '1' ${where}`,
        `UPDATE x402_settlements SET amount = '1', erased_at_ms = 1 ${where}`,
        `UPDATE x402_settlements SET record = '{}' ${where}`,
        `UPDATE x402_settlements SET ended_at_ms = 1, erased_at_ms = 1 ${where}`,
        `DELETE FROM x402_settlements ${where}`,
        ...(backend.postgres === undefined ? [] : ['TRUNCATE x402_settlements']),
      ])
        await expect(raw(text), text).rejects.toThrow(/append-only/);
      expect((await archive.find(NETWORKS, txHash(6_000)))?.settlement).toEqual(entryOf(6_000).settlement);
    });

    it('prunes what ended before a time, and nothing after it', async () => {
      const old = [7_000, 7_001].map((seed) => entryOf(seed, { settledAtMs: `${1_000 + seed}` }));
      await archive.write(old, NOW_MS);
      expect(await archive.prune(8_001)).toBe(1);
      expect(await archive.prune(8_001)).toBe(0);
      expect(await archive.find(NETWORKS, txHash(7_000))).toBeUndefined();
      expect(await archive.find(NETWORKS, txHash(7_001))).toBeDefined();
    });

    it('a reader cannot write', async () => {
      const reader = await backend.connect({ isReader: true });
      await reader.check();
      expect(await reader.find(NETWORKS, txHash(1))).toBeDefined();
      await expect(reader.write([entryOf(8_000)], NOW_MS)).rejects.toThrow(ArchiveUnavailableError);
      await expect(reader.erase('addr_test1payer', NOW_MS)).rejects.toThrow(/read-?only/i);
    });

    it('is kept by a backup', async () => {
      const count = (await allOf(archive)).length;
      if (backend.postgres !== undefined) {
        const url = await backend.postgres.restore(await backend.postgres.dump(), 'restored');
        const restored = await openArchive({
          url,
          isReader: true,
          timeoutMs: 10_000,
          connections: 1,
          name: 'x',
        });
        try {
          await restored.check();
          expect((await allOf(restored)).length).toBe(count);
        } finally {
          await restored.close();
        }
        await expect(backend.postgres.sql('DELETE FROM x402_settlements', 'restored')).rejects.toThrow(
          /append-only/,
        );
        return;
      }
      const { default: Sqlite } = await import('better-sqlite3');
      const copy = `${backend.url.slice('sqlite:'.length)}.copy`;
      const file = new Sqlite(backend.url.slice('sqlite:'.length), { readonly: true });
      file.exec(`VACUUM INTO '${copy}'`);
      file.close();
      const restored = await openArchive({
        url: `sqlite:${copy}`,
        isReader: true,
        timeoutMs: 500,
        connections: 1,
        name: 'x',
      });
      expect((await allOf(restored)).length).toBe(count);
      await restored.close();
    });

    it('says that it does not answer where it is stopped, and goes on once it is back', async () => {
      if (backend.postgres === undefined) return;
      for (const how of ['stopped', 'killed'] as const) {
        await backend.postgres.halt(how);
        await expect(archive.find(NETWORKS, txHash(1))).rejects.toThrow(ArchiveUnavailableError);
        await expect(archive.write([entryOf(9_000)], NOW_MS)).rejects.toThrow(ArchiveUnavailableError);
        await backend.postgres.resume();
        expect(await archive.find(NETWORKS, txHash(1))).toBeDefined();
      }
      expect(await archive.write([entryOf(9_000)], NOW_MS)).toEqual([{ kind: 'written' }]);
    });

    it('says the same when it ends under queries, and that ends no process', async () => {
      if (backend.postgres === undefined) return;
      for (const how of ['killed', 'stopped', 'killed'] as const) {
        let isDown = false;
        const ask = async (): Promise<unknown> => {
          for (;;) {
            const refused = await archive.find(NETWORKS, txHash(1)).then(
              () => undefined,
              (error: unknown) => error,
            );
            if (refused !== undefined || isDown) return refused;
          }
        };
        const asking = Array.from({ length: 8 }, ask);
        await backend.postgres.halt(how);
        isDown = true;
        for (const refused of await Promise.all(asking))
          expect(refused).toBeInstanceOf(ArchiveUnavailableError);
        await backend.postgres.resume();
        expect(await archive.find(NETWORKS, txHash(1))).toBeDefined();
      }
    });
  });
