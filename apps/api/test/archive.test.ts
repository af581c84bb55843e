import type { Archive } from '@x402-facilitator/archive';
import { backends, type OpenedBackend } from '@x402-facilitator/archive/testing';
import { receiptText, type TxHash } from '@x402-facilitator/cardano';
import { MERCHANT, PAYER } from '@x402-facilitator/cardano/testing';
import {
  createArchiveQueue,
  createReceiptStore,
  createRedisJournal,
  type Journal,
} from '@x402-facilitator/journal';
import { present, recordKey } from '@x402-facilitator/journal/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Harness, NETWORK, startHarness, transactionIn } from './support/harness.js';
import { post, send } from './support/requests.js';
import type { RunningApi } from './support/start-api.js';

const POLICY = { stabilityMs: 0, archiveMaxBacklog: 1 };
const keyOf = (txHash: string) => ({ 'idempotency-key': `order-${txHash}` });
const SIGNED = { format: 'cip8', signature: '84', key: 'a4', address: 'addr_test1wallet' } as const;
const UNKNOWN = 'ab'.repeat(32);

for (const { name, open } of await backends())
  describe.skipIf(open === undefined)(`what is archived in ${name}`, () => {
    let harness: Harness;
    let backend: OpenedBackend;
    let archive: Archive;
    let api: RunningApi;
    let journal: Journal & ReturnType<typeof createRedisJournal>;
    const queue = () =>
      createArchiveQueue({ redis: harness.redis, network: NETWORK, retentionMs: 86_400_000 });
    beforeAll(async () => {
      if (open === undefined) return;
      backend = await open();
      archive = await backend.connect();
      await archive.migrate();
      harness = await startHarness();
      journal = createRedisJournal({ redis: harness.redis, policy: POLICY });
      api = await harness.startApi({
        X402_ARCHIVE__URL: backend.url,
        X402_ARCHIVE__MAX_BACKLOG: '1',
        X402_ARCHIVE__READ_TIMEOUT_MS: '400',
        X402_METRICS__PORT: '0',
      });
    });
    afterAll(async () => {
      await harness?.close();
      await backend?.close();
    });

    const settle = (request: object, headers: Readonly<Record<string, string>> = {}) =>
      post(`${api.url}/settle`, request, { prefer: 'respond-async', ...headers });
    const status = (txHash: string) => send(`${api.url}/status/${txHash}`);

    /** As the worker does it. */
    const archiveAll = async () => {
      const records = await queue().read(await queue().due(Date.now(), 100));
      const entries = records.map(({ reading, fields, receipt }) => ({
        ...{ settlement: present(reading), fields, receipt, sponsorship: undefined },
      }));
      await archive.write(entries, Date.now());
      await queue().mark(records, Date.now());
    };
    /** The payment comes into a block, and its settlement to its end. */
    const confirm = async (request: Awaited<ReturnType<Harness['pay']>>) => {
      const txHash = transactionIn((await settle(request)).body);
      const bytes = await journal.readSignedTransaction(NETWORK, txHash);
      expect(harness.devnet.ledger.submit(bytes ?? new Uint8Array())).toMatchObject({ kind: 'accepted' });
      harness.devnet.ledger.forge();
      await harness.advance(txHash, 'submitting', 'submitted', 'included', 'confirmed');
      return txHash;
    };
    /** Its stability window ends. */
    const conclude = async (txHash: TxHash) => {
      await harness.redis.zadd('{x402}:journal:preview:watched', 1, txHash);
      expect(await journal.conclude(NETWORK, txHash)).toBe(true);
    };
    /** Redis lets go of it, as after `settle.retentionSeconds`. */
    const letGo = async (txHash: TxHash) => {
      await archiveAll();
      expect(await harness.redis.hexists(recordKey(txHash), 'archivedAtMs')).toBe(1);
      await harness.redis.del(recordKey(txHash));
    };
    const collected = async () => {
      const request = await harness.pay();
      const txHash = await confirm(request);
      expect((await settle(request, keyOf(txHash))).body).toMatchObject({ success: true });
      const { block } = present(await journal.read(NETWORK, txHash));
      if (block === undefined) throw new Error('expected a block');
      const receipt = receiptText({
        ...{
          version: 1,
          network: NETWORK,
          transaction: txHash,
          payer: PAYER.address(0),
          payTo: MERCHANT.address(0),
        },
        ...{ asset: 'lovelace', amount: '2000000', resource: null, block, confirmations: 1 },
        settledAt: new Date().toISOString(),
      });
      const store = createReceiptStore({ redis: harness.redis, network: NETWORK });
      expect(await store.store(txHash, block.hash, { ...SIGNED, payload: receipt })).toBe(true);
      await conclude(txHash);
      await archiveAll();
      return { request, txHash };
    };

    it('answers as while Redis had it: status, page, events, receipt', async () => {
      const { txHash } = await collected();
      const paths = [`/status/${txHash}`, `/status/${txHash}/receipt`];
      const before = await Promise.all(paths.map((path) => send(api.url + path)));
      await letGo(txHash);
      const after = await Promise.all(paths.map((path) => send(api.url + path)));
      expect(before.map((answer) => answer.status)).toEqual([200, 200]);
      expect(after.map(({ status: code, body }) => ({ code, body }))).toEqual(
        before.map(({ status: code, body }) => ({ code, body })),
      );
      const page = await fetch(`${api.url}/status/${txHash}`, { headers: { accept: 'text/html' } });
      expect([page.status, await page.text()]).toEqual([200, expect.stringContaining(txHash)]);
      const events = await fetch(`${api.url}/status/${txHash}/events`);
      expect(await events.text()).toContain(`"transaction":"${txHash}"`);
      expect((await status(UNKNOWN)).status).toBe(404);
    });

    it('a late call gets the recorded outcome; only the same call has the success again', async () => {
      const { request, txHash } = await collected();
      await letGo(txHash);
      expect((await settle(request, keyOf(txHash))).body).toMatchObject({
        success: true,
        transaction: txHash,
      });
      for (const headers of [{}, { 'idempotency-key': 'another' }])
        expect(await settle(request, headers)).toMatchObject({
          status: 200,
          body: {
            success: false,
            errorReason: 'duplicate_settlement',
            extra: { status: 'confirmed', outcome: { success: true, deliveredAt: expect.any(String) } },
          },
        });
      expect((await post(`${api.url}/verify`, request)).body).toMatchObject({
        isValid: false,
        invalidReason: 'duplicate_settlement',
        extra: { transaction: txHash, status: 'confirmed' },
      });
      // For another resource it says nothing of the settlement.
      const elsewhere = {
        ...request,
        paymentPayload: { ...request.paymentPayload, resource: { url: 'https://other.example/' } },
      };
      const { body } = await settle(elsewhere);
      expect(body).toMatchObject({ success: false, errorReason: 'duplicate_settlement' });
      expect(body).not.toHaveProperty('extra.outcome');
    });

    it('one that was not collected is told, and handed out no more', async () => {
      const request = await harness.pay();
      const txHash = await confirm(request);
      await conclude(txHash);
      // Its time passes.
      await harness.redis.zadd('{x402}:journal:preview:archive-due', 1, txHash);
      await letGo(txHash);
      for (let call = 0; call < 2; call += 1)
        expect((await settle(request)).body).toMatchObject({
          success: false,
          errorReason: 'duplicate_settlement',
          errorMessage: expect.stringContaining('could be collected for a time that has passed'),
          extra: { outcome: { success: true } },
        });
      expect((await send(`${api.url}/status/${txHash}/receipt`)).body).toMatchObject({ error: 'no_receipt' });
    });

    it('too many that wait: new settlements get 503, what was accepted goes on, and it ends by itself', async () => {
      const [first, second, third] = await Promise.all([harness.pay(), harness.pay(), harness.pay()]);
      const txHash = await confirm(first);
      const accepted = transactionIn((await settle(second)).body);
      const fail = (id: TxHash) =>
        journal.transition({
          ...{ network: NETWORK, txHash: id, from: ['submitting'], to: 'failed' },
          change: { errorReason: 'test', errorMessage: 'test' },
        });
      await harness.advance(accepted, 'submitting');
      await fail(accepted);
      expect(await settle(third)).toMatchObject({
        status: 503,
        body: { success: false, errorReason: 'archive_behind', extra: { retryable: true } },
      });
      expect((await settle(first)).body).toMatchObject({ success: true, transaction: txHash });
      await archiveAll();
      expect((await settle(third)).status).toBe(202);
    });

    it('a stopped archive changes nothing of what Redis has, and is not taken for "not known"', async () => {
      const { postgres } = backend;
      if (postgres === undefined) return;
      const { request, txHash } = await collected();
      const live = await collected();
      await letGo(txHash);
      await postgres.halt('stopped');
      for (let call = 0; call < 5; call += 1) {
        expect((await status(live.txHash)).status).toBe(200);
        expect((await send(`${api.url}/status/${live.txHash}/receipt`)).status).toBe(200);
      }
      for (const id of [txHash, UNKNOWN.replace('ab', 'cd')])
        expect(await status(id)).toMatchObject({
          status: 503,
          body: { error: 'unavailable', message: expect.stringContaining('archive') },
        });
      // A refusal is true without it.
      expect((await settle(request)).body).toMatchObject({ success: false });
      await postgres.resume();
      await expect.poll(async () => (await status(txHash)).status).toBe(200);
    });

    it('strangers who name transactions cost it little', async () => {
      if (backend.postgres === undefined) return;
      const count = async () =>
        Number(
          await backend.postgres?.sql(
            `SELECT coalesce(sum(seq_scan + idx_scan), 0) FROM pg_stat_user_tables WHERE relname = 'x402_settlements'`,
          ),
        );
      const ids = Array.from({ length: 400 }, (_, place) => place.toString(16).padStart(64, 'e'));
      const answers = await Promise.all(ids.map(status));
      const codes = new Set(answers.map((answer) => answer.status));
      // Beyond what it may be asked at a time: 503, at once.
      expect([...codes].every((code) => code === 404 || code === 503)).toBe(true);
      await expect.poll(async () => (await status(UNKNOWN)).status).toBe(404);
      const before = await count();
      for (let call = 0; call < 50; call += 1) expect((await status(UNKNOWN)).status).toBe(404);
      expect((await count()) - before).toBeLessThan(5);
    });
  });
