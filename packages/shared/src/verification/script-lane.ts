import { fileURLToPath } from 'node:url';
import { err, type Phase2Outcome, type Phase2Question, type Result } from '@x402-facilitator/cardano';
import { type LaneFailure, startThreadLane, type ThreadLane } from './thread-lane.js';

/** How an evaluation ended. */
export type ScriptOutcome = Phase2Outcome['kind'] | ScriptRefusal['kind'];

/** Why the lane gives no answer. */
export type ScriptRefusal = {
  /** `tooExpensive`: the thread had to be ended, or ended by itself. `busy`: nothing was run; it may be in a moment. */
  readonly kind: 'tooExpensive' | 'busy';
  readonly message: string;
};

/** What is told of the lane, for metrics. */
export type ScriptLaneObserver = {
  /** @param seconds from the question to its answer, with the wait before it. */
  answered(outcome: ScriptOutcome, seconds: number): void;
  /** How many questions wait for a thread. */
  waiting(count: number): void;
  /** A thread was ended, and another one took its place. */
  replaced(): void;
};

/** Threads of this process that run scripts, and nothing else. */
export type ScriptLane = {
  /**
   * Answers as `judgePhase2` would, within the deadline once it is its turn.
   *
   * @param options.isCounted false: its observer is not told.
   */
  ask(
    question: Phase2Question,
    deadlineMs: number,
    options?: { readonly isCounted: boolean },
  ): Promise<Result<Phase2Outcome, ScriptRefusal>>;
  /**
   * Whether one more question would wait its turn, now or within half a second. Where not, that counts as an answer:
   * `busy`.
   */
  room(): Promise<boolean>;
  /** Ends the threads; what they have not answered yet is `busy`. */
  close(): Promise<void>;
};

/** What a thread imports: the built file, in tests too. */
const THREAD = fileURLToPath(new URL('../../dist/verification/script-thread.js', import.meta.url));

/** At the deadline of half a second, the last of them waits for half a minute at the worst. */
const MAX_WAITING = 64;
/**
 * So long a payment is held back while the lane is full. Told to come again at once, a flood would come again at once, and
 * take the thread that plain payments need.
 */
const ROOM_WAIT_MS = 500;
/** More than a new thread takes to import what it needs. */
const THREAD_START_MS = 10_000;

/** The longest that an answer may take: as many as may wait stand in front, each runs to its deadline and ends its thread. */
export function longestWaitMs(deadlineMs: number): number {
  return (MAX_WAITING + 1) * 2 * deadlineMs + THREAD_START_MS;
}

/** The largest budget of memory is far from it. */
const MAX_HEAP_MB = 512;

const WARM_UP: Phase2Question = {
  transactionHex: '',
  outputs: [],
  protocolVersion: 0,
  costModels: {},
  limit: { memory: 0n, steps: 0n },
  validFromMs: undefined,
  validUntilMs: undefined,
};

const IGNORED: ScriptLaneObserver = {
  answered: () => undefined,
  waiting: () => undefined,
  replaced: () => undefined,
};

function refusalOf(failure: LaneFailure, deadlineMs: number, maxWaiting: number): ScriptRefusal {
  switch (failure) {
    case 'late': {
      const limit = `expected its scripts to be judged here within ${deadlineMs} ms`;
      return { kind: 'tooExpensive', message: `${limit}, and they were not` };
    }
    case 'failed':
      return { kind: 'tooExpensive', message: 'running its scripts failed here' };
    case 'full':
      return { kind: 'busy', message: `${maxWaiting} payments with scripts wait already` };
    case 'stopping':
      return { kind: 'busy', message: 'this process is stopping' };
  }
}

/** Starts the lane. A script ends with its budget, but what a budget takes depends on the machine: hence the deadline. */
export function startScriptLane({
  threads,
  module = THREAD,
  maxWaiting = MAX_WAITING,
  roomWaitMs = ROOM_WAIT_MS,
  observer = IGNORED,
  stopwatch = () => performance.now(),
}: {
  readonly threads: number;
  /** Path of the module whose default export answers; what tests replace. */
  readonly module?: string;
  /** Questions that may wait; one more is `busy`. */
  readonly maxWaiting?: number;
  /** How long a payment is held back while there is no room. */
  readonly roomWaitMs?: number;
  readonly observer?: ScriptLaneObserver;
  /** A monotonic clock in milliseconds. */
  readonly stopwatch?: () => number;
}): ScriptLane {
  const lane: ThreadLane<Phase2Question, Phase2Outcome> = startThreadLane({
    module,
    threads,
    maxWaiting,
    maxHeapMb: MAX_HEAP_MB,
    warmUp: WARM_UP,
    onWaiting: observer.waiting,
    onReplaced: observer.replaced,
  });
  return {
    async room() {
      const isThere = await lane.room(roomWaitMs);
      if (!isThere) observer.answered('busy', 0);
      return isThere;
    },
    async ask(question, deadlineMs, { isCounted } = { isCounted: true }) {
      const startedMs = stopwatch();
      const answer = await lane.ask(question, deadlineMs);
      const refused = answer.ok ? answer : err(refusalOf(answer.error, deadlineMs, maxWaiting));
      const outcome = refused.ok ? refused.value.kind : refused.error.kind;
      if (isCounted) observer.answered(outcome, (stopwatch() - startedMs) / 1000);
      return refused;
    },
    close: lane.close,
  };
}
