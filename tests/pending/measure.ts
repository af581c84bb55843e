import { readFile } from 'node:fs/promises';
import { outRefKey, slot } from '@x402-facilitator/cardano';
import {
  connectRedis,
  createChainWindowStore,
  createRedisJournal,
  createSubmitQueue,
  disconnectRedis,
  redisSettingsFromUrl,
} from '@x402-facilitator/journal';
import type { SettlementClaim } from '@x402-facilitator/journal/testing';
import { waitUntil } from '@x402-facilitator/tools/processes';
import { startStack } from '@x402-facilitator/tools/stack';
import { control, MERCHANT, openFunds, PRICE, type SignedPayment } from '../chaos/money.js';

export type PendingOptions = {
  /** How many settlements are pending at once. */
  readonly settlements: number;
  /** Blocks that are counted. */
  readonly blocks: number;
  readonly announce?: (line: string) => void;
};

/** The follower's calls to the provider for some blocks. Calls for the tip, one per tick, are counted separately. */
export type FollowedBlocks = {
  readonly blocks: number;
  readonly tips: number;
  readonly calls: Readonly<Record<string, number>>;
  readonly callsPerBlock: number;
};

export type PendingReport = {
  readonly settlements: number;
  /** While they were included in blocks, as many at a time as a block holds. */
  readonly inclusion: FollowedBlocks;
  /** While all of them waited for more blocks on top. */
  readonly confirmation: FollowedBlocks;
  /** The worker's largest resident memory. */
  readonly peakMegabytes: number;
  readonly submitSeconds: number;
  readonly confirmSeconds: number;
};

/** More than the blocks that include them all, and within the blocks that the follower keeps. */
const CONFIRMATIONS = 80;
/** The blocks that may be counted on top of those. */
const MOST_BLOCKS = 40;
const CLAIMS_AT_A_TIME = 200;
/** As the worker's image has it (Dockerfile). */
const NODE_OPTIONS = '--max-old-space-size=256';
/** A payer that signs thousands of payments needs longer than one that signs one. */
const TTL_SLOTS = 3_000;
const PATIENCE_MS = 600_000;

/**
 * Brings many settlements into a block with one worker, all unconfirmed, and counts the follower's provider calls from
 * one block to the next.
 */
export async function measurePending(options: PendingOptions): Promise<PendingReport> {
  const { settlements, blocks, announce = () => undefined } = options;
  if (blocks > MOST_BLOCKS) throw new RangeError(`blocks: expected at most ${MOST_BLOCKS}, found ${blocks}`);
  const stack = await startStack({
    apis: 0,
    workers: 1,
    paywall: false,
    blockMs: 0,
    redis: { exclusive: true },
    settings: { NODE_OPTIONS },
  });
  const { network, devnet } = stack;
  const settings = redisSettingsFromUrl(stack.redis.url);
  const redis = connectRedis({ settings, role: 'worker', name: 'pending', onError: () => undefined });
  const journal = createRedisJournal({ redis });
  const queue = createSubmitQueue({ network, redis, onError: () => undefined });
  const windows = createChainWindowStore({ redis, network });
  const { pid } = stack.workers[0]?.process ?? {};
  try {
    const funds = await openFunds(devnet.controlUrl, network, settlements);
    const until = (what: string, probe: () => Promise<boolean>) =>
      waitUntil(probe, { what, timeoutMs: PATIENCE_MS, everyMs: 50 });
    const startedMs = performance.now();
    let left = settlements;
    while (left > 0) {
      const payments = Array.from({ length: Math.min(left, CLAIMS_AT_A_TIME) }, () =>
        funds.pay(funds.take(), funds.slot() + TTL_SLOTS),
      );
      left -= payments.length;
      await Promise.all(
        payments.map(async (payment) => {
          await journal.claim(claimOf(payment, network));
          await queue.enqueue({ network, txHash: payment.txHash });
        }),
      );
    }
    announce('claimed');
    await until('all to be submitted', async () => {
      const jobs = await queue.counts();
      return (jobs.waiting ?? 0) + (jobs.active ?? 0) === 0;
    });
    const submitSeconds = (performance.now() - startedMs) / 1000;
    announce(`submitted after ${submitSeconds.toFixed(1)} s`);

    const follow = async () => {
      await stack.control.forge();
      const tip = await stack.control.tip();
      await until(`the follower to reach ${tip.height}`, async () => {
        const window = await windows.read();
        return window.ok && window.value.at(-1)?.hash === tip.hash;
      });
    };
    const counted = async (until: () => Promise<boolean>): Promise<FollowedBlocks> => {
      const before = await requests(devnet.controlUrl);
      let blocks = 0;
      for (; !(await until()); blocks += 1) await follow();
      return followed(blocks, before, await requests(devnet.controlUrl));
    };
    const inclusion = await counted(async () => (await journal.counts(network)).awaiting === 0);
    announce(`all in ${inclusion.blocks} blocks`);
    let toCome = blocks;
    const confirmation = await counted(async () => toCome-- === 0);
    const { pending } = await journal.counts(network);
    if (pending !== settlements)
      throw new Error(`expected ${settlements} pending throughout, found ${pending}`);

    const confirmationMs = performance.now();
    await stack.control.forge(CONFIRMATIONS);
    await until('all to be confirmed', async () => (await journal.counts(network)).pending === 0);
    return {
      settlements,
      inclusion,
      confirmation,
      peakMegabytes: await peakMegabytes(pid),
      submitSeconds,
      confirmSeconds: (performance.now() - confirmationMs) / 1000,
    };
  } finally {
    await queue.close();
    await disconnectRedis(redis);
    await stack.stop();
  }
}

function claimOf(payment: SignedPayment, network: SettlementClaim['network']): SettlementClaim {
  const [sourceHash = '', index] = payment.input.split('#');
  return {
    network,
    txHash: payment.txHash,
    binding: 'measured',
    payer: 'measured',
    payTo: MERCHANT.address(0),
    asset: 'lovelace' as SettlementClaim['asset'],
    amount: PRICE,
    requiredConfirmations: CONFIRMATIONS,
    inputs: [outRefKey({ txHash: sourceHash as SettlementClaim['txHash'], index: Number(index) })],
    ttl: slot(payment.ttl),
    expiresAtMs: Date.now() + TTL_SLOTS * 1000,
    signedTransaction: payment.bytes,
    method: 'default',
    hasScripts: false,
  };
}

async function requests(controlUrl: string): Promise<Record<string, number>> {
  const { operations } = (await control(controlUrl, '/requests')) as { operations: Record<string, number> };
  return operations;
}

const TIP = 'GET /blocks/latest';

function followed(
  blocks: number,
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): FollowedBlocks {
  const made = (operation: string) => (after[operation] ?? 0) - (before[operation] ?? 0);
  const calls = Object.fromEntries(
    Object.keys(after).flatMap((operation) =>
      operation === TIP || made(operation) === 0 ? [] : [[operation, made(operation)]],
    ),
  );
  const total = Object.values(calls).reduce((sum, count) => sum + count, 0);
  return { blocks, tips: made(TIP), calls, callsPerBlock: Math.round((total / blocks) * 100) / 100 };
}

async function peakMegabytes(pid: number | undefined): Promise<number> {
  if (pid === undefined) throw new Error('expected a worker, found none');
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024);
}
