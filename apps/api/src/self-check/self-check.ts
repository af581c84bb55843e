import { err, type Network, ok, type Result, type SchemeRegistry } from '@x402-facilitator/cardano';
import type { Logger } from '@x402-facilitator/shared/telemetry';
import { longestWaitMs } from '@x402-facilitator/shared/verification';
import pTimeout from 'p-timeout';
import { type CheckedNetwork, judgeKnownPayments, knownPaymentsOn } from './judge-known-payments.js';

/** What the self-check found on one network. */
export type SelfCheckReport = {
  readonly network: Network;
  readonly isPassing: boolean;
  /** Of the latest check that ended; null before the first. */
  readonly ageSeconds: number | null;
  /** How long it took. */
  readonly durationSeconds: number | null;
  /** What was expected and found. */
  readonly message?: string | undefined;
};

export type SelfCheck = {
  /** Checks at once and from then on regularly; resolves after the first check. */
  start(): Promise<void>;
  reports(): readonly SelfCheckReport[];
  stop(): void;
};

/** Pause between two checks. */
export const CHECK_EVERY_MS = 5_000;
/** A verifier that takes longer does not answer. */
const ANSWER_WITHIN_MS = 2_000;
/** A check that is older says nothing about now. */
export const MAX_AGE_MS = 15_000;

/** Of one network. Times are of the monotonic clock. */
type State = {
  outcome: Result<undefined, string> | undefined;
  endedAtMs: number;
  tookMs: number;
  scripts: Result<undefined, string>;
  /** Set while scripts have not been answered. */
  scriptsAskedAtMs: number | undefined;
};

/**
 * Verifies payments whose verdicts are known, good ones and bent ones, on every network. They take the way of `/verify`,
 * but for their facts, which they bring along. A verifier that is stuck, or accepts or refuses what it must not, is so
 * noticed before it does harm.
 *
 * Scripts are judged beside the rest. Their lane may be busy, and that is not a fault: strangers could otherwise take every
 * replica away. It is one that scripts get a wrong verdict, or none in the longest time that the lane may take.
 */
export function createSelfCheck(options: {
  readonly networks: readonly CheckedNetwork[];
  readonly schemes: SchemeRegistry;
  /**
   * The time by a clock that all replicas share, POSIX milliseconds; `undefined` when it cannot be read. Payments are made
   * by it and judged by this process's own, so a clock that is off refuses them.
   */
  readonly sharedTime: () => Promise<number | undefined>;
  /** POSIX milliseconds. */
  readonly clock: () => number;
  readonly log: Pick<Logger, 'info' | 'error'>;
  /** A monotonic clock in milliseconds. */
  readonly stopwatch?: () => number;
  readonly everyMs?: number;
  readonly answerWithinMs?: number;
}): SelfCheck {
  const { networks, schemes, sharedTime, clock, log, stopwatch = () => performance.now() } = options;
  const { everyMs = CHECK_EVERY_MS, answerWithinMs = ANSWER_WITHIN_MS } = options;
  const checked = networks.map((served) => {
    const state: State = {
      outcome: undefined,
      endedAtMs: stopwatch(),
      tookMs: 0,
      scripts: ok(undefined),
      scriptsAskedAtMs: undefined,
    };
    return { served, state };
  });
  const wasPassing = new Map<Network, boolean>();
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  const check = async ({ served, state }: (typeof checked)[number]) => {
    const nowMs = (await sharedTime()) ?? clock();
    const startedAtMs = stopwatch();
    const made = orFault(async () => ok(knownPaymentsOn(served, schemes, nowMs)));
    const judge = (ofScripts: boolean) =>
      orFault(async () => {
        const known = await made;
        if (!known.ok) return known;
        const asked = known.value.filter(({ payment }) => payment.runsScripts === ofScripts);
        return judgeKnownPayments(served, asked);
      });
    askAboutScripts(state, () => judge(true));
    state.outcome = await pTimeout(judge(false), {
      milliseconds: answerWithinMs,
      fallback: () => err(`expected verdicts within ${answerWithinMs} ms, found none`),
    });
    state.endedAtMs = stopwatch();
    state.tookMs = state.endedAtMs - startedAtMs;
  };

  /** One question at a time: behind a lane that does not answer, more would pile up. */
  const askAboutScripts = (state: State, ask: () => Promise<Result<undefined, string>>) => {
    if (state.scriptsAskedAtMs !== undefined) return;
    state.scriptsAskedAtMs = stopwatch();
    void ask().then((outcome) => {
      state.scripts = outcome;
      state.scriptsAskedAtMs = undefined;
    });
  };

  const faultOf = ({ scriptDeadlineMs }: CheckedNetwork, state: State): string | undefined => {
    const { outcome, endedAtMs, scripts, scriptsAskedAtMs } = state;
    const nowMs = stopwatch();
    if (outcome === undefined) return 'expected a self-check, found that the first one has not ended';
    if (!outcome.ok) return outcome.error;
    if (nowMs - endedAtMs > MAX_AGE_MS)
      return `expected a self-check in the last ${MAX_AGE_MS / 1000} s, found the latest ${seconds(nowMs - endedAtMs)} s ago`;
    if (!scripts.ok) return scripts.error;
    const longestMs = longestWaitMs(scriptDeadlineMs);
    const waitedMs = scriptsAskedAtMs === undefined ? 0 : nowMs - scriptsAskedAtMs;
    return waitedMs > longestMs
      ? `expected scripts to be answered within ${seconds(longestMs)} s, found no answer for ${seconds(waitedMs)} s`
      : undefined;
  };

  const reports = () =>
    checked.map(({ served, state }): SelfCheckReport => {
      const fault = faultOf(served, state);
      const hasEnded = state.outcome !== undefined;
      return {
        network: served.network,
        isPassing: fault === undefined,
        ageSeconds: hasEnded ? seconds(stopwatch() - state.endedAtMs) : null,
        durationSeconds: hasEnded ? state.tookMs / 1000 : null,
        ...(fault === undefined ? {} : { message: fault }),
      };
    });

  const checkAll = async () => {
    for (const one of checked) await check(one);
    for (const { network, isPassing, message } of reports()) {
      if (isPassing === (wasPassing.get(network) ?? true)) continue;
      wasPassing.set(network, isPassing);
      if (isPassing) log.info({ network }, 'the self-check passes again');
      else
        log.error({ network, metadata: { message } }, 'the self-check fails: this replica takes no traffic');
    }
    if (!isStopped) timer = setTimeout(checkAll, everyMs).unref();
  };

  return {
    start: checkAll,
    reports,
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

function seconds(ms: number): number {
  return Math.round(ms / 100) / 10;
}

/** What is thrown is a fault of the verifier's, too. */
async function orFault<T>(work: () => Promise<Result<T, string>>): Promise<Result<T, string>> {
  try {
    return await work();
  } catch (error) {
    return err(`expected a verdict, found an error: ${error instanceof Error ? error.message : error}`);
  }
}
