import {
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleWhen,
  isBrokenCircuitError,
  isIsolatedCircuitError,
} from 'cockatiel';
import type { RequestBudget } from '../budget/index.js';
import type { Clock } from '../clock.js';
import {
  type ChainProvider,
  ChainProviderError,
  type ProviderCallOutcome,
  type SubmitOutcome,
} from '../provider.js';
import type { ProviderHealth, ProviderState } from './provider-health.js';

export type GuardOptions = {
  readonly provider: ChainProvider;
  readonly budget: RequestBudget;
  readonly clock: Clock;
  /** Failures in a row that open the circuit. */
  readonly failures?: number | undefined;
  /** First pause of an open circuit; it doubles up to `maxOpenMs`. */
  readonly openMs?: number | undefined;
  readonly maxOpenMs?: number | undefined;
  /** Called when the state changed. */
  readonly onState?: ((health: ProviderHealth) => void) | undefined;
};

/** One provider behind its circuit breaker, with everything that is known against it. */
export type ProviderGuard = {
  readonly provider: ChainProvider;
  health(): ProviderHealth;
  /** False as long as something is known against it. */
  isUp(): boolean;
  /** True when asking could do no good: it is of another network, behind, banned or asked for a pause. */
  isRuledOut(): boolean;
  /**
   * Asks the provider.
   *
   * @throws ChainProviderError, also for a circuit that is open: then nothing was asked.
   */
  run<T>(call: (provider: ChainProvider) => Promise<T>): Promise<T>;
  /** What a probe found: `undefined` when it went well. */
  noteProbe(problem: string | undefined, latencyMs?: number): void;
  noteTip(height: number): void;
  noteLag(problem: string | undefined): void;
  noteNetwork(problem: string | undefined): void;
  readonly tipHeight: number | undefined;
  /** Whether it is known to serve the network that it is configured for. */
  readonly isIdentified: boolean;
};

const DEFAULTS = { failures: 5, openMs: 2_000, maxOpenMs: 30_000 } as const;

/**
 * Ways to end that say something about the provider. A body of another shape is not among them: which transaction is
 * asked for is the payer's choice, and nobody may be able to choose one that closes a provider to everybody. The probe
 * sees a provider that talks nonsense.
 */
const FAILURES: readonly (ProviderCallOutcome | undefined)[] = [
  'timeout',
  'connection_failed',
  'server_error',
];

/**
 * How long it is left alone when it does not say; doubled each time that it says no again. Long enough not to make a
 * ban worse, short enough for whoever has no other provider.
 */
const PAUSE_MS = { rate_limited: 1_000, forbidden: 5_000, banned: 30_000, quota_exhausted: 60_000 } as const;
const LONGEST_PAUSE_MS = 900_000;

/** Puts a circuit breaker around one provider and remembers what it said about being asked. */
export function createProviderGuard(options: GuardOptions): ProviderGuard {
  const { provider, budget, clock, onState } = options;
  const { name } = provider;
  const breaker = circuitBreaker(
    handleWhen(
      (error) => error instanceof ChainProviderError && FAILURES.includes(error.outcome),
    ).orWhenResult((result) => FAILURES.includes(ambiguityOf(result)?.outcome)),
    {
      breaker: new ConsecutiveBreaker(options.failures ?? DEFAULTS.failures),
      halfOpenAfter: new ExponentialBackoff({
        initialDelay: options.openMs ?? DEFAULTS.openMs,
        maxDelay: options.maxOpenMs ?? DEFAULTS.maxOpenMs,
      }),
    },
  );
  let lastFailure: string | undefined;
  let probeProblem: string | undefined;
  let lagProblem: string | undefined;
  let networkProblem: string | undefined;
  let isIdentified = false;
  let tipHeight: number | undefined;
  let latencyMs: number | null = null;
  let backOffUntilMs = 0;
  let ban: { readonly untilMs: number; readonly message: string; lift(): void } | undefined;
  let pausesInARow = 0;
  let reported: ProviderState = 'up';

  const liftBan = () => {
    if (ban === undefined || clock() < ban.untilMs) return;
    ban.lift();
    ban = undefined;
    // Closed again, but nobody trusts it before it has answered a probe.
    probeProblem = 'was refusing us; not probed since';
  };

  const condition = (): { readonly state: ProviderState; readonly message?: string } => {
    liftBan();
    if (networkProblem !== undefined) return { state: 'wrong_network', message: networkProblem };
    if (ban !== undefined) return { state: 'banned', message: ban.message };
    if (breaker.state !== CircuitState.Closed)
      return { state: 'down', message: lastFailure ?? 'does not answer' };
    if (backOffUntilMs > clock()) {
      const seconds = Math.ceil((backOffUntilMs - clock()) / 1000);
      return { state: 'backing_off', message: `asked for a pause; ${seconds} s of it are left` };
    }
    if (probeProblem !== undefined) return { state: 'down', message: probeProblem };
    if (lagProblem !== undefined) return { state: 'lagging', message: lagProblem };
    return { state: 'up' };
  };

  const health = (): ProviderHealth => ({
    name,
    ...condition(),
    latencyMs,
    tipHeight: tipHeight ?? null,
  });

  const report = () => {
    const { state } = condition();
    if (state === reported) return;
    reported = state;
    onState?.(health());
  };

  const backOff = async (ms: number) => {
    backOffUntilMs = Math.max(backOffUntilMs, clock() + ms);
    await budget.backOff(ms);
  };

  const nextPauseMs = (outcome: keyof typeof PAUSE_MS) => {
    pausesInARow += 1;
    return Math.min(PAUSE_MS[outcome] * 2 ** (pausesInARow - 1), LONGEST_PAUSE_MS);
  };

  /** Keeps what an unhappy end says about being asked again. */
  const learn = async ({ outcome, retryAfterMs }: Ending) => {
    lastFailure = outcome === undefined ? undefined : describe(outcome);
    if (outcome === 'rate_limited' || outcome === 'quota_exhausted')
      await backOff(retryAfterMs ?? nextPauseMs(outcome));
    if (outcome === 'wrong_network') networkProblem = describe(outcome);
    if ((outcome === 'forbidden' || outcome === 'banned') && ban === undefined) {
      const { dispose } = breaker.isolate();
      const untilMs = clock() + (retryAfterMs ?? nextPauseMs(outcome));
      ban = { untilMs, message: describe(outcome), lift: dispose };
    }
  };

  return {
    provider,
    health,
    isUp: () => condition().state === 'up',
    isRuledOut: () => !['up', 'down'].includes(condition().state),

    async run(call) {
      liftBan();
      try {
        const result = await breaker.execute(() => call(provider));
        const ambiguity = ambiguityOf(result);
        if (ambiguity !== undefined) await learn(ambiguity);
        // What answers is there, whatever its latest probe met.
        else {
          probeProblem = undefined;
          pausesInARow = 0;
        }
        return result;
      } catch (error) {
        if (isBrokenCircuitError(error) || isIsolatedCircuitError(error)) {
          const { message } = condition();
          throw new ChainProviderError(`${name} is not asked: ${message ?? 'it does not answer'}`, {
            provider: name,
            operation: 'any',
            outcome: 'circuit_open',
            cause: error,
          });
        }
        if (error instanceof ChainProviderError) await learn(error);
        throw error;
      } finally {
        report();
      }
    },

    noteProbe(problem, latency) {
      probeProblem = problem;
      if (latency !== undefined) latencyMs = latency;
      report();
    },
    noteTip(height) {
      tipHeight = height;
    },
    noteLag(problem) {
      lagProblem = problem;
      report();
    },
    noteNetwork(problem) {
      networkProblem = problem;
      isIdentified = problem === undefined;
      report();
    },
    get tipHeight() {
      return tipHeight;
    },
    get isIdentified() {
      return isIdentified;
    },
  };
}

type Ending = {
  readonly outcome?: ProviderCallOutcome | undefined;
  readonly retryAfterMs?: number | undefined;
};

/** The ambiguous end of a submission; `undefined` for every other result. */
function ambiguityOf(result: unknown): Ending | undefined {
  if (typeof result !== 'object' || result === null || !('kind' in result)) return undefined;
  const outcome = result as SubmitOutcome;
  return outcome.kind === 'ambiguous' ? outcome : undefined;
}

const WORDS: Partial<Record<ProviderCallOutcome, string>> = {
  timeout: 'does not answer in time',
  connection_failed: 'cannot be reached',
  server_error: 'answers with server errors',
  forbidden: 'refuses our credential (403)',
  banned: 'has banned us for flooding (418)',
  rate_limited: 'limits our rate (429)',
  quota_exhausted: 'says that the quota is used up (402)',
  malformed: 'answers in another shape than documented',
  wrong_network: 'serves another network',
};

function describe(outcome: ProviderCallOutcome): string {
  return WORDS[outcome] ?? outcome;
}
