import { setTimeout as sleep } from 'node:timers/promises';
import type { Receipt, TxHash } from '@x402-facilitator/cardano';
import type { ChainProvider } from '@x402-facilitator/chain';
import {
  type ConfirmedSettlement,
  type Journal,
  JournalUnavailableError,
  type Reading,
  type ReceiptStore,
} from '@x402-facilitator/journal';
import { type Logger, traceFieldsOf } from '@x402-facilitator/shared/telemetry';
import { type Loop, startLoop } from '../loop.js';
import type { ObservedInclusions } from '../settlement/index.js';
import type { FacilitatorWallet } from '../wallet/index.js';
import { checkAgainstChain, type ReadTip } from './check-against-chain.js';
import { checkRecord } from './check-record.js';
import { type ReceiptResource, receiptOf, signReceipt } from './sign-receipt.js';

export type ReceiptContext = {
  readonly wallet: FacilitatorWallet;
  /** What this worker saw itself, and need not ask the chain for. */
  readonly inclusions: Pick<ObservedInclusions, 'inclusionOf' | 'tipHeight'>;
  /** Called at most once per receipt, and once more per batch. */
  readonly provider: Pick<ChainProvider, 'getTransaction' | 'getTip'>;
  readonly journal: Pick<Journal, 'readMany' | 'readSignedTransaction' | 'readRequest'>;
  readonly receipts: Pick<ReceiptStore, 'due' | 'store' | 'postpone' | 'forget'>;
  readonly receiptResource: ReceiptResource;
  readonly logger: Logger;
  /** Whether this worker follows the chain, and so signs what it confirms. */
  readonly isFollower: () => boolean;
  /** POSIX milliseconds. */
  readonly now: () => number;
};

/** Receipts at a time. Each may ask the chain, so they are few enough not to delay submissions or flood a provider. */
const BATCH = 10;

/** After a confirmation: until then its block still gives answers to those who wait, and signing would take half of the worker's time. */
const ANSWERS_FIRST_MS = 1_000;
/** How long other workers wait before one signs instead of the follower, which may have no wallet. */
const FOLLOWER_PATIENCE_MS = 5_000;

/**
 * The chain may agree after a short time: a provider may lag, a rollback may be in progress, or a quota may be used up.
 */
const LOOK_AGAIN_MS = 30_000;
/** Waiting does not repair a record that contradicts itself or cannot be read, so retry rarely. */
const DOUBT_AGAIN_MS = 600_000;

const LONGEST_INTERVAL_MS = 1_000;

/** After each batch it rests for so many times as long as that took: those who wait for a payment go before receipts. */
const REST = 3;

/** Signs receipts from now on, one or two seconds after each confirmation while there are not hundreds at a time. */
export function startReceipts(
  context: ReceiptContext & {
    /** `chain.follower.tickMs`: confirmations do not come more often. */
    readonly tickMs: number;
  },
): Loop {
  const { logger, tickMs } = context;
  return startLoop({
    intervalMs: Math.min(LONGEST_INTERVAL_MS, tickMs),
    turn: () => issueReceipts(context),
    onError: (error) => {
      const isExpected = error instanceof JournalUnavailableError;
      logger[isExpected ? 'warn' : 'error']({ error }, 'signing receipts failed and is tried again');
    },
  });
}

/**
 * Signs a receipt for every confirmed payment without one. Any worker with a wallet may do it; the first receipt is
 * kept.
 *
 * @throws JournalUnavailableError when Redis does not answer: the next round starts at the same place.
 */
export async function issueReceipts(context: ReceiptContext): Promise<void> {
  const { wallet, journal, receipts, isFollower, now } = context;
  for (;;) {
    const startedMs = performance.now();
    const due = await receipts.due(now() - (isFollower() ? ANSWERS_FIRST_MS : FOLLOWER_PATIENCE_MS), BATCH);
    const readings = await journal.readMany(wallet.network, due);
    let tip: ReturnType<ReadTip> | undefined;
    const readTip = () => {
      tip ??= context.provider.getTip();
      return tip;
    };
    const hasMoved = await Promise.all(
      due.map((txHash, index) => issueOne(context, txHash, readings[index], readTip)),
    );
    if (due.length < BATCH || !hasMoved.includes(true)) return;
    await sleep(REST * (performance.now() - startedMs));
  }
}

/** False when another worker was faster, or the settlement has changed. */
async function issueOne(
  context: ReceiptContext,
  txHash: TxHash,
  reading: Reading | undefined,
  readTip: ReadTip,
): Promise<boolean> {
  const { wallet, receipts, receiptResource, logger, now } = context;
  if (reading?.ok === false) {
    await receipts.postpone(txHash, now() + DOUBT_AGAIN_MS);
    return true;
  }
  const settlement = reading?.value;
  if (settlement === undefined) {
    await receipts.forget(txHash);
    return true;
  }
  const receipt = receiptOf(settlement, receiptResource);
  if (receipt === undefined || settlement.state !== 'confirmed') return false;
  if (await isDoubtful(context, settlement, receipt, readTip)) return true;
  const signed = await signReceipt(wallet, receipt);
  const isKept = await receipts.store(txHash, receipt.block.hash, signed);
  if (isKept) logger.debug({ transaction: txHash, ...traceFieldsOf(settlement) }, 'receipt signed');
  return isKept;
}

/**
 * A signature outlives Redis, so the data in Redis alone is not enough for one. The transaction must do what the record
 * says, and the chain must hold it in the block that the record names.
 */
async function isDoubtful(
  { inclusions, provider, journal, receipts, logger, now }: ReceiptContext,
  settlement: ConfirmedSettlement,
  receipt: Receipt,
  readTip: ReadTip,
): Promise<boolean> {
  const { network, txHash, sponsorship } = settlement;
  const [bytes, requestText] = await Promise.all([
    journal.readSignedTransaction(network, txHash),
    sponsorship === undefined ? undefined : journal.readRequest(network, txHash),
  ]);
  const facts = { transaction: txHash, ...traceFieldsOf(settlement) };
  const record = checkRecord({ settlement, bytes, requestText, nowMs: now() });
  if (!record.ok) {
    logger.error({ ...facts, metadata: { why: record.error } }, 'no receipt: the record contradicts itself');
    await receipts.postpone(txHash, now() + DOUBT_AGAIN_MS);
    return true;
  }
  const chain = await checkAgainstChain(inclusions, provider, readTip, { ...receipt, txHash });
  if (chain.ok) return false;
  logger.warn(
    { ...facts, metadata: { why: chain.error } },
    'no receipt: the chain does not agree with the record',
  );
  await receipts.postpone(txHash, now() + LOOK_AGAIN_MS);
  return true;
}
