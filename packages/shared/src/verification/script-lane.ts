import { fileURLToPath } from 'node:url';
import { err, ok, type Phase2Outcome, type Phase2Question, type Result } from '@x402-facilitator/cardano';
import { Piscina } from 'piscina';

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
  /** Answers as `judgePhase2` would, within the deadline once it is its turn. */
  ask(question: Phase2Question, deadlineMs: number): Promise<Result<Phase2Outcome, ScriptRefusal>>;
  /** Whether one more question would wait its turn. Where not, that counts as an answer: `busy`. */
  hasRoom(): boolean;
  /** Ends the threads; what they have not answered yet is `busy`. */
  close(): Promise<void>;
};

/** What a thread imports: the built file, in tests too. */
const THREAD = fileURLToPath(new URL('../../dist/verification/script-thread.js', import.meta.url));

/** Little is young in a thread that holds one question at a time. */
const HEAP = { maxYoungGenerationSizeMb: 16 };

/** At the deadline of half a second, the last of them waits for half a minute at the worst. */
const MAX_WAITING = 64;

/** Makes a new thread import what it needs before its first deadline begins. */
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

type Waiting = {
  readonly question: Phase2Question;
  readonly deadlineMs: number;
  readonly answer: (answer: Result<Phase2Outcome, ScriptRefusal>) => void;
};

function tooExpensive(message: string) {
  return err({ kind: 'tooExpensive', message } as const);
}

function busy(message: string) {
  return err({ kind: 'busy', message } as const);
}

/**
 * Starts the lane. A script ends with its budget, but what a budget takes depends on the machine: at the deadline the
 * thread is ended and replaced. Each thread has one question at a time, so that none is ended for the script of another.
 */
export function startScriptLane({
  threads,
  module = THREAD,
  maxWaiting = MAX_WAITING,
  observer = IGNORED,
  stopwatch = () => performance.now(),
}: {
  readonly threads: number;
  /** Path of the module whose default export answers; what tests replace. */
  readonly module?: string;
  /** Questions that may wait; one more is `busy`. */
  readonly maxWaiting?: number;
  readonly observer?: ScriptLaneObserver;
  /** A monotonic clock in milliseconds. */
  readonly stopwatch?: () => number;
}): ScriptLane {
  const waiting: Waiting[] = [];
  const idle: Piscina<Phase2Question, Phase2Outcome>[] = [];
  const starting = new Set<Promise<void>>();
  let isClosed = false;

  const pools = Array.from(
    { length: threads },
    () =>
      new Piscina<Phase2Question, Phase2Outcome>({
        filename: module,
        minThreads: 1,
        maxThreads: 1,
        recordTiming: false,
        resourceLimits: HEAP,
      }),
  );

  /** Lets a thread import what it needs, and gives it its first question. */
  const start = async (pool: Piscina<Phase2Question, Phase2Outcome>) => {
    const started = pool.run(WARM_UP).then(
      () => undefined,
      () => undefined,
    );
    starting.add(started);
    await started;
    starting.delete(started);
    next(pool);
  };

  const next = (pool: Piscina<Phase2Question, Phase2Outcome>) => {
    if (isClosed) return;
    const turn = waiting.shift();
    observer.waiting(waiting.length);
    if (turn === undefined) {
      idle.push(pool);
      return;
    }
    void run(pool, turn);
  };

  const run = async (pool: Piscina<Phase2Question, Phase2Outcome>, turn: Waiting) => {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), turn.deadlineMs);
    try {
      turn.answer(ok(await pool.run(turn.question, { signal: deadline.signal })));
      next(pool);
    } catch {
      if (isClosed) {
        turn.answer(busy('this process is stopping'));
        return;
      }
      const limit = `expected its scripts to be judged here within ${turn.deadlineMs} ms`;
      turn.answer(
        tooExpensive(
          deadline.signal.aborted ? `${limit}, and they were not` : 'running its scripts failed here',
        ),
      );
      observer.replaced();
      await start(pool);
    } finally {
      clearTimeout(timer);
    }
  };

  for (const pool of pools) void start(pool);

  const answerTo = (question: Phase2Question, deadlineMs: number) =>
    new Promise<Result<Phase2Outcome, ScriptRefusal>>((answer) => {
      const turn = { question, deadlineMs, answer };
      const pool = idle.pop();
      if (isClosed) answer(busy('this process is stopping'));
      else if (pool !== undefined) void run(pool, turn);
      else if (waiting.length >= maxWaiting)
        answer(busy(`${waiting.length} payments with scripts wait already`));
      else {
        waiting.push(turn);
        observer.waiting(waiting.length);
      }
    });

  return {
    hasRoom() {
      const isThere = idle.length > 0 || waiting.length < maxWaiting;
      if (!isThere) observer.answered('busy', 0);
      return isThere;
    },
    async ask(question, deadlineMs) {
      const startedMs = stopwatch();
      const answer = await answerTo(question, deadlineMs);
      const outcome = answer.ok ? answer.value.kind : answer.error.kind;
      observer.answered(outcome, (stopwatch() - startedMs) / 1000);
      return answer;
    },
    async close() {
      isClosed = true;
      for (const { answer } of waiting.splice(0)) answer(busy('this process is stopping'));
      // Node 20 aborts the whole process when a thread is ended while it imports a module.
      await Promise.all(starting);
      await Promise.all(pools.map((pool) => pool.destroy()));
    },
  };
}
