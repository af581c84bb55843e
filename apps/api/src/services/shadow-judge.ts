import { createRequire } from 'node:module';
import { type LedgerOpinion, slot, type Transaction, toHex } from '@x402-facilitator/cardano';
import { type Question, questionOf, type Verdict } from '@x402-facilitator/second-judge/asking';
import type { ShadowMetrics } from '@x402-facilitator/shared/telemetry';
import { startThreadLane } from '@x402-facilitator/shared/verification';
import type { Log } from './log.js';

/** Another judge of the ledger beside ours, whose word changes nothing. */
export type ShadowJudge = {
  /** Lets it judge a payment when it comes to it. Returns at once and never throws. */
  offer(opinion: LedgerOpinion): void;
  /** Ends its thread. */
  close(): Promise<void>;
};

/** No caller waits for it, but a script that it cannot end must not keep it. */
const DEADLINE_MS = 10_000;
const MAX_WAITING = 100;
/** How much a judge of others takes is not ours to know: with this much its thread ends, and the process does not. */
const MAX_HEAP_MB = 256;
/** A difference is one line; the bytes that show it are in one line a minute. */
const BYTES_EVERY_MS = 60_000;

const NOTHING = { numerator: 0n, denominator: 1n };
const WARM_UP: Question = {
  transactionHex: '',
  outputs: [],
  parameters: {
    epoch: 0,
    protocolVersion: { major: 0, minor: 0 },
    minFeePerByte: 0n,
    minFeeConstant: 0n,
    coinsPerUtxoByte: 0n,
    maxTransactionBytes: 0,
    maxValueBytes: 0,
    collateralPercentage: 0,
    maxCollateralInputs: 0,
    priceMemory: NOTHING,
    priceSteps: NOTHING,
    maxTransactionExecutionUnits: { memory: 0n, steps: 0n },
    referenceScriptCostPerByte: NOTHING,
    costModels: {},
  },
  slot: slot(0),
  network: 'cardano:preview',
  timeline: { systemStartMs: 0, eras: [] },
  expectedSigners: [],
};

/** A transaction as it is, but for its signatures, which are zeros: enough to look at it, and too little to submit it. */
function withoutSignatures({ bytes, vkeyWitnesses, bootstrapWitnesses }: Transaction): string {
  const blank = Uint8Array.from(bytes);
  for (const { signature } of [...vkeyWitnesses, ...bootstrapWitnesses]) {
    // A signature is a view of the transaction's own bytes.
    const at = signature.byteOffset - bytes.byteOffset;
    blank.fill(0, at, at + signature.length);
  }
  return toHex(blank);
}

/** Starts the thread of the other judge. It is asked about one payment after the other, in the order of offers. */
export function startShadowJudge({
  metrics,
  log,
  module = createRequire(import.meta.url).resolve('@x402-facilitator/second-judge/judge-thread'),
  deadlineMs = DEADLINE_MS,
  maxWaiting = MAX_WAITING,
  now = () => performance.now(),
}: {
  readonly metrics: Pick<ShadowMetrics, 'compared'>;
  readonly log: Log;
  /** Path of the module whose default export judges; what tests replace. */
  readonly module?: string | undefined;
  readonly deadlineMs?: number;
  /** Payments that may wait; one more is dropped. */
  readonly maxWaiting?: number;
  /** A monotonic clock in milliseconds. */
  readonly now?: () => number;
}): ShadowJudge {
  const lane = startThreadLane<Question, Verdict>({
    module,
    threads: 1,
    maxWaiting,
    maxHeapMb: MAX_HEAP_MB,
    warmUp: WARM_UP,
    onWaiting: () => undefined,
    onReplaced: () => undefined,
  });
  let bytesShownMs = Number.NEGATIVE_INFINITY;

  const tellDifference = ({ input, failures: [ours] }: LedgerOpinion, theirs: string) => {
    const { transaction, network, parameters } = input;
    const showsBytes = now() - bytesShownMs >= BYTES_EVERY_MS;
    if (showsBytes) bytesShownMs = now();
    log.warn(
      {
        network,
        transaction: transaction.id,
        metadata: {
          ours: ours?.rule ?? 'accepted',
          theirs,
          slot: input.slot,
          epoch: parameters.epoch,
          protocolVersion: parameters.protocolVersion.major,
          ...(showsBytes ? { withoutSignatures: withoutSignatures(transaction) } : {}),
        },
      },
      'another judge of the ledger says otherwise of a payment',
    );
  };

  const compare = async (opinion: LedgerOpinion) => {
    const { network } = opinion.input;
    const answer = await lane.ask(questionOf(opinion.input, opinion.timeline), deadlineMs);
    if (!answer.ok) {
      const isAsked = answer.error === 'late' || answer.error === 'failed';
      metrics.compared(network, isAsked ? 'cannot_judge' : 'dropped');
      return;
    }
    const theirs = answer.value;
    if (theirs.kind === 'cannotJudge') {
      metrics.compared(network, 'cannot_judge');
      return;
    }
    const isOurs = opinion.failures.length === 0;
    if (isOurs === (theirs.kind === 'accepted')) {
      metrics.compared(network, 'agreed');
      return;
    }
    metrics.compared(network, isOurs ? 'ours_accepted' : 'ours_refused');
    tellDifference(opinion, theirs.kind === 'refused' ? theirs.reason.rule : 'accepted');
  };

  return {
    // Without a verdict there is nothing to compare, either.
    offer: (opinion) =>
      void compare(opinion).catch(() => metrics.compared(opinion.input.network, 'cannot_judge')),
    close: lane.close,
  };
}
