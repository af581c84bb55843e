import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isTxHash } from '@x402-facilitator/cardano';
import { type JournalAccess, openJournal } from '../journal/index.js';
import type { MeasuredFacilitator } from './facilitator.js';

/** Provider calls that one payment alone causes, by step. */
export type CostResult = {
  readonly verify: number;
  readonly verifyAgain: number;
  readonly settle: number;
  readonly confirm: number;
  readonly total: number;
};

/** What the follower asks however many payments there are: it is not the cost of a payment. */
const FOLLOWERS = [
  'GET /blocks/latest',
  'GET /blocks/{hash_or_number}',
  'GET /blocks/{hash_or_number}/next',
  'GET /blocks/{hash_or_number}/txs',
];

/** Counts what a first-time payment costs, as the provider saw it. */
export async function measureCost(facilitator: MeasuredFacilitator): Promise<CostResult> {
  const { ledger } = facilitator;
  // Parameters and eras are read once per epoch: let another payment pay for that.
  await facilitator.settleOne();
  const payment = facilitator.sign();
  facilitator.takeCount();
  const own = () => facilitator.takeCount(FOLLOWERS);

  const verified = await facilitator.post('/verify', payment);
  if (verified.isValid !== true)
    throw new Error(`expected a valid payment, found ${JSON.stringify(verified)}`);
  const verify = own();
  await facilitator.post('/verify', payment);
  const verifyAgain = own();
  await facilitator.post('/settle', payment);
  await facilitator.reaches(payment, 'submitted');
  const settle = own();
  ledger.timer.forge(1);
  await facilitator.reaches(payment, 'included');
  ledger.timer.forge(1);
  await facilitator.reaches(payment, 'confirmed');
  const confirm = own();
  return { verify, verifyAgain, settle, confirm, total: verify + settle + confirm };
}

export type IdleResult = {
  readonly seconds: number;
  readonly calls: number;
  readonly callsPerMinute: number;
};

/** Counts what an idle facilitator asks, while a load balancer reads `/health` every second. */
export async function measureIdle(facilitator: MeasuredFacilitator, seconds: number): Promise<IdleResult> {
  facilitator.takeCount();
  for (let second = 0; second < seconds; second += 1) {
    await fetch(`${facilitator.api}/health`);
    await sleep(1_000);
  }
  const calls = facilitator.takeCount();
  return { seconds, calls, callsPerMinute: Math.round((calls * 6_000) / seconds) / 100 };
}

export type FollowerResult = {
  readonly pending: number;
  readonly blocks: number;
  /** Calls per block, all processes together. */
  readonly callsPerBlock: number;
};

const BLOCK_MS = 400;
/** As on a public network: four looks at the tip per block. */
export const FOLLOWER_TICK_MS = BLOCK_MS / 4;

/**
 * Counts what it costs to follow the chain while this many settlements wait for their block. The journal says that they are
 * submitted, and no block ever has them: this measures waiting, not inclusion.
 */
export async function measureFollower(
  facilitator: MeasuredFacilitator,
  sizes: readonly number[],
  blocks: number,
): Promise<readonly FollowerResult[]> {
  const access = openJournal(facilitator.stack);
  try {
    const results: FollowerResult[] = [];
    let submitted = 0;
    for (const pending of sizes) {
      for (; submitted < pending; submitted += 1) await submitUnknown(facilitator, access);
      // The first look after a pause catches up: it is not what a block costs.
      await busyBlock(facilitator);
      facilitator.takeCount();
      for (let block = 0; block < blocks; block += 1) await busyBlock(facilitator);
      const callsPerBlock = Math.round((facilitator.takeCount() / blocks) * 100) / 100;
      results.push({ pending, blocks, callsPerBlock });
    }
    return results;
  } finally {
    await access.close();
  }
}

/** A block with one foreign transaction, and the time until the next block. */
async function busyBlock({ ledger, stack }: MeasuredFacilitator): Promise<void> {
  ledger.faucet.grant({ address: stack.payTo, lovelace: 2_000_000n, assets: new Map(), outputs: 1 });
  await sleep(BLOCK_MS);
}

/** Lets the journal hold a submitted settlement that the chain has never seen. */
async function submitUnknown(
  { stack: { network, payTo } }: MeasuredFacilitator,
  { journal, claim }: JournalAccess,
): Promise<void> {
  const txHash = randomBytes(32).toString('hex');
  if (!isTxHash(txHash)) throw new Error('32 bytes are a transaction hash');
  await claim(
    { txHash, source: { txHash, index: 0 }, bytes: new Uint8Array([0x84]), ttl: 2_000_000_000 },
    payTo,
  );
  const settlement = { network, txHash } as const;
  await journal.transition({ ...settlement, from: ['queued'], to: 'submitting' });
  await journal.transition({ ...settlement, from: ['submitting'], to: 'submitted' });
}
