import { PassThrough } from 'node:stream';
import type { TxHash } from '@x402-facilitator/cardano';
import { type Devnet, startDevnet } from '@x402-facilitator/devnet';
import type { DevnetOptions } from '@x402-facilitator/devnet/testing';
import {
  connectRedis,
  createRedisJournal,
  createSubmitQueue,
  disconnectRedis,
  type Journal,
  type RedisConnection,
  redisSettingsFromUrl,
  type Settlement,
  type SettlementIndex,
  type SettlementState,
  type SubmitQueue,
} from '@x402-facilitator/journal';
import { present } from '@x402-facilitator/journal/testing';
import type { Config } from '@x402-facilitator/shared/config';
import { createLogger } from '@x402-facilitator/shared/telemetry';
import { configFrom } from '@x402-facilitator/shared/testing';
import { startRedis } from '@x402-facilitator/tools/redis';
import { expect } from 'vitest';
import { type RunningWorker, startWorker } from '../../src/start-worker.js';
import type { Payment } from './payments.js';

export const NETWORK = 'cardano:preview';

type ConfigOverrides = {
  readonly chain?: Record<string, unknown> & { readonly follower?: Record<string, unknown> };
  readonly settle?: Record<string, unknown>;
  readonly worker?: Record<string, unknown>;
  readonly sponsorship?: Record<string, unknown>;
};

/** One Redis, one devnet and any number of workers, with a clock that the test can advance. */
export type Facilitator = {
  readonly devnet: Devnet;
  readonly redis: RedisConnection;
  readonly redisUrl: string;
  readonly journal: Journal & SettlementIndex;
  readonly queue: SubmitQueue;
  readonly config: Config;
  readonly workers: RunningWorker[];
  /** Every log line of every worker so far. */
  logs(): Record<string, unknown>[];
  startWorker(): Promise<RunningWorker>;
  /** What the API does with a verified payment. */
  settle(payment: Payment): Promise<void>;
  read(txHash: TxHash): Promise<Settlement>;
  /** Settles a payment and forges the blocks that confirm it. */
  confirm(payment: Payment, blocks?: number): Promise<Settlement>;
  reaches(payment: Payment, state: SettlementState): Promise<Settlement>;
  /** Advances every clock, the chain's included. */
  leap(ms: number): void;
  forge(count?: number): void;
  /** How often this transaction was submitted to the ledger. */
  submissionsOf(payment: Payment): number;
  close(): Promise<void>;
};

export async function startFacilitator(
  options: {
    readonly workers?: number;
    readonly devnet?: DevnetOptions;
    readonly config?: ConfigOverrides;
    /** A Redis of the test's own; `chain.redis` is then in `config` too. */
    readonly redis?: { readonly url: string; stop(): Promise<void> };
  } = {},
): Promise<Facilitator> {
  let offsetMs = 0;
  const now = () => Date.now() + offsetMs;
  const server = options.redis ?? (await startRedis());
  const devnet = await startDevnet({ blockMs: 0, nowMs: now, ...options.devnet });
  const settings = redisSettingsFromUrl(server.url);
  const redis = connectRedis({ settings, role: 'worker', name: 'test', onError: () => undefined });
  const { chain, ...others } = options.config ?? {};
  const config = configFrom({
    env: 'test',
    server: { host: '127.0.0.1' },
    ...others,
    worker: { metricsPort: 0, ...others.worker },
    chain: {
      network: 'Preview',
      blockfrost: { url: devnet.url },
      redis: { host: settings.host, port: settings.port, db: settings.db ?? 0 },
      ...chain,
      // One block rules a payment out, unless a test says otherwise.
      follower: { tickMs: 50, failureDepth: 0, ...chain?.follower },
    },
  });
  const lines: string[] = [];
  const destination = new PassThrough();
  destination.on('data', (chunk: Buffer) => lines.push(...chunk.toString().trimEnd().split('\n')));
  const logger = createLogger({ tier: 'worker', logging: { level: 'debug', pretty: false }, destination });
  const journal = createRedisJournal({ redis, now });
  const queue = createSubmitQueue({ network: NETWORK, redis, onError: () => undefined });
  const workers: RunningWorker[] = [];

  const facilitator: Facilitator = {
    devnet,
    redis,
    redisUrl: server.url,
    journal,
    queue,
    config,
    workers,
    logs: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
    async startWorker() {
      const worker = await startWorker({ config, logger, version: '0.0.0-test', now });
      workers.push(worker);
      await worker.ready;
      return worker;
    },
    async settle(payment) {
      expect((await journal.claim(payment)).kind).toBe('claimed');
      await queue.enqueue({ network: payment.network, txHash: payment.txHash });
    },
    async read(txHash) {
      return present(await journal.read(NETWORK, txHash));
    },
    async reaches(payment, state) {
      await expect
        .poll(async () => (await facilitator.read(payment.txHash)).state, { interval: 20 })
        .toBe(state);
      return facilitator.read(payment.txHash);
    },
    async confirm(payment, blocks = 1) {
      await facilitator.settle(payment);
      await facilitator.reaches(payment, 'submitted');
      facilitator.forge(blocks);
      return facilitator.reaches(payment, 'confirmed');
    },
    leap(ms) {
      offsetMs += ms;
    },
    forge(count = 1) {
      devnet.timer.forge(count);
    },
    submissionsOf: ({ txHash }) => devnet.ledger.submissions.get(txHash)?.submitted ?? 0,
    async close() {
      await Promise.all(workers.map((worker) => worker.stop()));
      await queue.close();
      await disconnectRedis(redis);
      await devnet.close();
      await server.stop();
    },
  };
  for (let index = 0; index < (options.workers ?? 1); index += 1) await facilitator.startWorker();
  return facilitator;
}
