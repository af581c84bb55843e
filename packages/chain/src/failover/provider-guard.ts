import {
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleWhen,
  isBrokenCircuitError,
  isIsolatedCircuitError,
} from 'cockatiel';
import type { RequestBudget } from '../budget/index.js';
import {
  type ChainProvider,
  ChainProviderError,
  type Clock,
  type ClosableChainProvider,
  isOutage,
  type ProviderCallOutcome,
  type SubmitOutcome,
  wasNotSent,
} from '../provider/index.js';
import {
  conditionOf,
  endedBy,
  failureOf,
  INITIAL_STATE,
  nextState,
  type Observation,
  type ProviderHealth,
  type ProviderState,
} from './provider-health.js';

export type GuardOptions = {
  readonly provider: ClosableChainProvider;
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

/** One provider behind its circuit breaker, with all that is known of its health. */
export type ProviderGuard = {
  readonly provider: ClosableChainProvider;
  health(): ProviderHealth;
  /** False while anything counts against it. */
  isUp(): boolean;
  /** True when a call could not help: it is of another network, behind, banned, or asked for a pause. */
  isRuledOut(): boolean;
  /**
   * Asks the provider.
   *
   * @throws ChainProviderError, also while the circuit is open: then nothing was sent.
   */
  run<T>(call: (provider: ChainProvider) => Promise<T>): Promise<T>;
  /** Takes in what was seen of the provider outside of `run`. */
  observe(observation: Observation): void;
  readonly tipHeight: number | undefined;
  /** Whether it is known to serve the network that it is configured for. */
  readonly isIdentified: boolean;
};

// A provider that is back is used again within seconds: it may be the only one.
const DEFAULTS = { failures: 5, openMs: 1_000, maxOpenMs: 5_000 } as const;

/** Puts a circuit breaker around one provider. What the calls show goes into its health (see `nextState`). */
export function createProviderGuard(options: GuardOptions): ProviderGuard {
  const { provider, budget, clock, onState } = options;
  const { name } = provider;
  // The one call that tries a provider again proves nothing when it was not sent, so the circuit stays open.
  const isAgainst = (outcome: ProviderCallOutcome | undefined): boolean =>
    isOutage(outcome) || (wasNotSent(outcome) && breaker.state === CircuitState.HalfOpen);
  const breaker: CircuitBreakerPolicy = circuitBreaker(
    handleWhen((error) => error instanceof ChainProviderError && isAgainst(error.outcome)).orWhenResult(
      (result) => isAgainst(ambiguityOf(result)?.outcome),
    ),
    {
      breaker: new ConsecutiveBreaker(options.failures ?? DEFAULTS.failures),
      halfOpenAfter: new ExponentialBackoff({
        initialDelay: options.openMs ?? DEFAULTS.openMs,
        maxDelay: options.maxOpenMs ?? DEFAULTS.maxOpenMs,
      }),
    },
  );
  let state = INITIAL_STATE;
  let reported: ProviderState = 'up';
  /** Holds the circuit open during a ban. */
  let isolation: { dispose(): void } | undefined;
  breaker.onStateChange((circuit) => {
    state = nextState(state, {
      kind: circuit === CircuitState.Closed ? 'circuit_closed' : 'circuit_opened',
    });
  });

  const observe = (observation: Observation) => {
    state = nextState(state, observation);
    if (state.against.ban !== undefined) {
      isolation ??= breaker.isolate();
    } else {
      isolation?.dispose();
      isolation = undefined;
    }
  };

  const condition = () => {
    for (const ended of endedBy(state, clock())) observe(ended);
    return conditionOf(state, clock());
  };

  const health = (): ProviderHealth => ({
    name,
    ...condition(),
    latencyMs: state.latencyMs ?? null,
    tipHeight: state.tipHeight ?? null,
  });

  const report = () => {
    const current = condition().state;
    if (current === reported) return;
    reported = current;
    onState?.(health());
  };

  const observeFailure = async (ending: Parameters<typeof failureOf>[0]) => {
    const observation = failureOf(ending, clock());
    observe(observation);
    const { pause } = state.against;
    if (observation.kind === 'limited' && pause !== undefined)
      await budget.backOff(pause.untilMs - observation.atMs);
  };

  return {
    provider,
    health,
    isUp: () => condition().state === 'up',
    isRuledOut: () => !['up', 'down'].includes(condition().state),

    async run(call) {
      condition();
      try {
        const result = await breaker.execute(() => call(provider));
        const ambiguity = ambiguityOf(result);
        if (ambiguity === undefined) observe({ kind: 'answered' });
        else await observeFailure(ambiguity);
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
        if (error instanceof ChainProviderError) await observeFailure(error);
        throw error;
      } finally {
        report();
      }
    },

    observe(observation) {
      observe(observation);
      report();
    },
    get tipHeight() {
      return state.tipHeight;
    },
    get isIdentified() {
      return state.isIdentified;
    },
  };
}

/** The ambiguous end of a submission; `undefined` for every other result. */
function ambiguityOf(result: unknown): Extract<SubmitOutcome, { kind: 'ambiguous' }> | undefined {
  if (typeof result !== 'object' || result === null || !('kind' in result)) return undefined;
  const outcome = result as SubmitOutcome;
  return outcome.kind === 'ambiguous' ? outcome : undefined;
}
