import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { LOVELACE, outRefKey, parseTxHash, slot, type TxHash } from '@x402-facilitator/cardano';
import {
  connectRedis,
  createRedisJournal,
  disconnectRedis,
  type Journal,
  redisSettingsFromUrl,
} from '@x402-facilitator/journal';
import { type MeasuredFacilitator, sum } from '../support/facilitator.js';

export type FollowerResult = {
  readonly pending: number;
  readonly blocks: number;
  /** Calls per block, every process together. */
  readonly callsPerBlock: number;
};

const NETWORK = 'cardano:preview';
/** As on a public network: four looks at the tip per block. */
const BLOCK_MS = 400;
export const FOLLOWER_TICK_MS = BLOCK_MS / 4;

/**
 * Counts what following the chain costs while so many settlements wait for their block. They are submitted as far as the
 * journal knows and in no block: what is measured is waiting, not landing.
 */
export async function measureFollower(
  facilitator: MeasuredFacilitator,
  sizes: readonly number[],
  blocks: number,
): Promise<readonly FollowerResult[]> {
  const redis = connectRedis({
    settings: redisSettingsFromUrl(facilitator.stack.redis.url),
    role: 'worker',
    name: 'bench',
    onError: () => undefined,
  });
  try {
    const journal = createRedisJournal({ redis });
    const results: FollowerResult[] = [];
    let pending = 0;
    for (const size of sizes) {
      for (; pending < size; pending += 1) await submitted(journal);
      results.push(await measure(facilitator, size, blocks));
    }
    return results;
  } finally {
    await disconnectRedis(redis);
  }
}

async function measure(facilitator: MeasuredFacilitator, pending: number, blocks: number) {
  const { primary } = facilitator;
  // The first look after a pause catches up; it is not what a block costs.
  await busyBlock(facilitator);
  facilitator.takeCounts(primary);
  for (let block = 0; block < blocks; block += 1) await busyBlock(facilitator);
  const callsPerBlock = sum(facilitator.takeCounts(primary)) / blocks;
  return { pending, blocks, callsPerBlock: Math.round(callsPerBlock * 100) / 100 };
}

/** A block with somebody's transaction in it, and the time until the next one. */
async function busyBlock({ ledger, stack }: MeasuredFacilitator): Promise<void> {
  ledger.faucet.grant({ address: stack.payTo, lovelace: 2_000_000n, assets: new Map(), outputs: 1 });
  await sleep(BLOCK_MS);
}

async function submitted(journal: Journal): Promise<void> {
  const txHash = randomTxHash();
  await journal.claim({
    network: NETWORK,
    txHash,
    method: 'default',
    binding: 'bench',
    payer: 'addr_test1bench',
    payTo: 'addr_test1bench',
    asset: LOVELACE,
    amount: 2_000_000n,
    requiredConfirmations: 1,
    inputs: [outRefKey({ txHash, index: 0 })],
    ttl: slot(2_000_000_000),
    expiresAtMs: Date.now() + 3_600_000,
    signedTransaction: new Uint8Array([0x84]),
    hasScripts: false,
  });
  const shared = { network: NETWORK, txHash } as const;
  await journal.transition({ ...shared, from: ['queued'], to: 'submitting' });
  await journal.transition({ ...shared, from: ['submitting'], to: 'submitted' });
}

function randomTxHash(): TxHash {
  const parsed = parseTxHash(randomBytes(32).toString('hex'));
  if (parsed === undefined) throw new Error('32 bytes are a transaction id');
  return parsed;
}
