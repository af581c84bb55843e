import { err, ok, type Result } from '@x402-facilitator/cardano';
import { Piscina } from 'piscina';

/** Why a lane gives no answer: `late` and `failed` ended a thread, `full` and `stopping` asked none. */
export type LaneFailure = 'late' | 'failed' | 'full' | 'stopping';

/** Threads of this process that answer one kind of question, and nothing else. */
export type ThreadLane<Question, Answer> = {
  /** Answers within the deadline once it is the question's turn. */
  ask(question: Question, deadlineMs: number): Promise<Result<Answer, LaneFailure>>;
  /** Whether one more question would be answered or wait, now or within that time; it is `full` otherwise. */
  room(withinMs: number): Promise<boolean>;
  /** Ends the threads; what they have not answered yet is `stopping`. */
  close(): Promise<void>;
};

/** Little is young in a thread that holds one question at a time. */
const MAX_YOUNG_MB = 16;

type Waiting<Question, Answer> = {
  readonly question: Question;
  readonly deadlineMs: number;
  readonly answer: (answer: Result<Answer, LaneFailure>) => void;
};

/**
 * Starts a lane. Each thread has one question at a time, so that none is ended over the question of another. At its
 * deadline the thread is ended and replaced.
 */
export function startThreadLane<Question, Answer>({
  module,
  threads,
  maxWaiting,
  maxHeapMb,
  warmUp,
  onWaiting,
  onReplaced,
}: {
  /** Path of the module whose default export answers. */
  readonly module: string;
  readonly threads: number;
  /** Questions that may wait; one more is `full`. */
  readonly maxWaiting: number;
  /** A thread that needs more memory than this is ended over its question. */
  readonly maxHeapMb: number;
  /** Makes a new thread import what it needs before its first deadline begins. What it answers does not matter. */
  readonly warmUp: Question;
  /** How many questions wait for a thread. */
  readonly onWaiting: (count: number) => void;
  /** A thread was ended, and another one takes its place. */
  readonly onReplaced: () => void;
}): ThreadLane<Question, Answer> {
  type Turn = Waiting<Question, Answer>;
  /** A place of one thread. Without a pool, the last one could not be started. */
  type Place = { pool?: Piscina<Question, Answer> | undefined };
  const waiting: Turn[] = [];
  const idle: Place[] = [];
  const places: readonly Place[] = Array.from({ length: threads }, () => ({}));
  const starting = new Set<Promise<void>>();
  /** Those who wait for room, in their order. */
  const outside = new Set<(isThere: boolean) => void>();
  let isClosed = false;

  const hasRoom = () => idle.length > 0 || waiting.length < maxWaiting;

  const letIn = (count: number, isThere: boolean) => {
    for (const enter of [...outside].slice(0, count)) enter(isThere);
  };

  const open = () => {
    const pool = new Piscina<Question, Answer>({
      filename: module,
      minThreads: 1,
      maxThreads: 1,
      recordTiming: false,
      resourceLimits: { maxYoungGenerationSizeMb: MAX_YOUNG_MB, maxOldGenerationSizeMb: maxHeapMb },
    });
    // A thread that runs out of memory over a question that was given up just then. Unheard, it would end the process.
    pool.on('error', () => undefined);
    return pool;
  };

  const warm = async (place: Place) => {
    place.pool ??= open();
    try {
      await place.pool.run(warmUp);
    } catch {
      // A pool whose thread could not be started starts none again, and lets its questions wait for ever.
      await place.pool.destroy();
      place.pool = undefined;
    }
  };

  /** Lets a thread import what it needs, and gives it its first question. */
  const start = async (place: Place) => {
    const started = warm(place);
    starting.add(started);
    await started;
    starting.delete(started);
    next(place);
  };

  const next = (place: Place) => {
    if (isClosed) return;
    const turn = waiting.shift();
    onWaiting(waiting.length);
    if (turn === undefined) {
      idle.push(place);
      // One that was let in before need not have asked.
      letIn(maxWaiting, true);
      return;
    }
    letIn(1, true);
    void run(place, turn);
  };

  const run = async (place: Place, { question, deadlineMs, answer }: Turn) => {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), deadlineMs);
    try {
      if (place.pool === undefined) throw new Error('expected a thread, found none');
      answer(ok(await place.pool.run(question, { signal: deadline.signal })));
      next(place);
    } catch {
      if (isClosed) {
        answer(err('stopping'));
        return;
      }
      answer(err(deadline.signal.aborted ? 'late' : 'failed'));
      onReplaced();
      await start(place);
    } finally {
      clearTimeout(timer);
    }
  };

  for (const place of places) void start(place);

  return {
    room(withinMs) {
      if (isClosed) return Promise.resolve(false);
      if (outside.size === 0 && hasRoom()) return Promise.resolve(true);
      return new Promise((resolve) => {
        const enter = (isThere: boolean) => {
          clearTimeout(timer);
          outside.delete(enter);
          resolve(isThere);
        };
        const timer = setTimeout(enter, withinMs, false);
        outside.add(enter);
      });
    },
    ask: (question, deadlineMs) =>
      new Promise((answer) => {
        const turn = { question, deadlineMs, answer };
        const place = idle.pop();
        if (isClosed) answer(err('stopping'));
        else if (place !== undefined) void run(place, turn);
        else if (waiting.length >= maxWaiting) answer(err('full'));
        else {
          waiting.push(turn);
          onWaiting(waiting.length);
        }
      }),
    async close() {
      isClosed = true;
      letIn(outside.size, false);
      for (const { answer } of waiting.splice(0)) answer(err('stopping'));
      // Node 20 aborts the whole process when a thread is ended while it imports a module.
      await Promise.all(starting);
      await Promise.all(places.map(({ pool }) => pool?.destroy()));
    },
  };
}
