import type { Network, TxHash } from '@x402-facilitator/cardano';
import { createBlockfrostProvider } from './blockfrost/index.js';
import {
  type BudgetLimits,
  createRequestBudget,
  currentPriority,
  limitsOf,
  prioritized,
} from './budget/index.js';
import { createSharedOutputs } from './cache/index.js';
import { type CacheLookup, type ChainAccess, createChainAccess } from './chain-access.js';
import type { ChainLogger } from './chain-logger.js';
import type { Clock } from './clock.js';
import {
  type ChainHealth,
  createFailoverProvider,
  createProviderGuard,
  createProviderWatch,
  type ProviderGuard,
  type ProviderHealth,
} from './failover/index.js';
import type { Admission, ProviderCall } from './http/index.js';
import { type ChainKeys, chainKeys } from './keys.js';
import { createKoiosProvider } from './koios/index.js';
import { type ChainProvider, ChainProviderError, type ClosableChainProvider } from './provider.js';
import type { RedisCommands, RedisSubscriber } from './redis-commands.js';

/** One provider as the configuration names it. */
export type ProviderSettings =
  | {
      readonly type: 'blockfrost';
      readonly url?: string | undefined;
      readonly projectId?: string | undefined;
      readonly tier?: 'free' | 'paid' | undefined;
      readonly budget?: BudgetLimits | undefined;
    }
  | {
      readonly type: 'koios';
      readonly url?: string | undefined;
      readonly token?: string | undefined;
      readonly budget?: BudgetLimits | undefined;
    };

/** What may be observed of chain access: metrics hook in here. Label values are bounded sets. */
export type ChainObserver = {
  /** Each HTTP call, after it ended. */
  onCall?(call: ProviderCall & { readonly network: Network }): void;
  onCacheLookup?(lookup: CacheLookup & { readonly network: Network }): void;
  /** A provider came into use or went out of it. */
  onProviderState?(health: ProviderHealth & { readonly network: Network }): void;
  /** Requests left in this UTC day, after each call to a provider with a daily limit. */
  onQuota?(quota: {
    readonly network: Network;
    readonly provider: string;
    readonly remaining: number;
    /** Requests that a whole UTC day has. */
    readonly perDay: number;
  }): void;
};

export type ConnectChainOptions = {
  readonly network: Network;
  /** In the order of use. */
  readonly providers: readonly [ProviderSettings, ...ProviderSettings[]];
  /** `chain.cache.utxoTtlSeconds` */
  readonly utxoTtlSeconds: number;
  readonly redis?: RedisCommands | undefined;
  /** A `subscriber` connection, in the tier that answers `/verify`; left open. */
  readonly subscriber?: RedisSubscriber | undefined;
  readonly clock: Clock;
  readonly logger: ChainLogger;
  readonly observer?: ChainObserver | undefined;
  /** What tests and benchmarks tune. */
  readonly tuning?:
    | {
        readonly timeoutMs?: number;
        readonly submitTimeoutMs?: number;
        readonly hedgeAfterMs?: number;
        readonly failures?: number;
        readonly openMs?: number;
        readonly probeEveryMs?: number;
        readonly recheckEveryMs?: number;
        readonly maxLagBlocks?: number;
      }
    | undefined;
};

/** The chain of one network, from the configured providers to the facts that verification reads. */
export type ConnectedChain = ChainAccess & {
  /** The same providers for whoever can wait: gives way to interactive callers when a budget is short. */
  readonly polling: ChainProvider;
  health(): Promise<ChainHealth>;
  close(): Promise<void>;
};

/** With somebody to take over, a slow answer is worth less than another's. */
const TIMEOUT_MS = { alone: 10_000, withFallback: 4_000 } as const;
const SUBMIT_TIMEOUT_MS = { alone: 20_000, withFallback: 8_000 } as const;

/**
 * Connects to the providers of one network: each behind its budget and its circuit breaker, all watched, the first that
 * is up in use, and caches on top. Nothing is waited for.
 */
export function connectChain(options: ConnectChainOptions): ConnectedChain {
  const { network, providers, redis, clock, observer = {}, tuning = {} } = options;
  const logger = options.logger.child({ network });
  const keys = chainKeys(network);
  const backing = providers.length > 1 ? 'withFallback' : 'alone';
  const timeouts = {
    timeoutMs: tuning.timeoutMs ?? TIMEOUT_MS[backing],
    submitTimeoutMs: tuning.submitTimeoutMs ?? SUBMIT_TIMEOUT_MS[backing],
  };

  const onCall = (call: ProviderCall) => {
    observer.onCall?.({ ...call, network });
    const { provider, operation, outcome, durationMs } = call;
    logger.debug(
      { duration: durationMs, metadata: { provider, operation, outcome } },
      'asked a chain provider',
    );
  };
  const onState = (health: ProviderHealth) => {
    observer.onProviderState?.({ ...health, network });
    const { name: provider, state, message } = health;
    const level =
      state === 'up' ? 'info' : state === 'banned' || state === 'wrong_network' ? 'error' : 'warn';
    logger[level]({ metadata: { provider, state, message } }, `chain provider ${provider} is ${state}`);
  };

  const connected = providers.map((settings, index) => {
    const name = index === 0 ? settings.type : `${settings.type}-${index + 1}`;
    const { admit, budget } = budgetOf(settings, name, { ...options, keys });
    const provider = connectProvider(settings, { name, network, clock, onCall, admit, ...timeouts });
    const { failures, openMs } = tuning;
    const guard = createProviderGuard({
      provider,
      budget,
      clock,
      onState,
      failures,
      openMs,
      ...(openMs === undefined ? {} : { maxOpenMs: openMs * 4 }),
    });
    return { provider, guard };
  });
  const guards = connected.map(({ guard }) => guard) as unknown as readonly [
    ProviderGuard,
    ...ProviderGuard[],
  ];
  const watch = createProviderWatch({ guards, keys, clock, redis, ...tuning });
  const provider = createFailoverProvider({ guards, watch, hedgeAfterMs: tuning.hedgeAfterMs });
  const access = createChainAccess({
    provider,
    clock,
    utxoTtlSeconds: options.utxoTtlSeconds,
    sharedOutputs:
      redis === undefined ? undefined : createSharedOutputs({ redis, keys, subscriber: options.subscriber }),
    onCacheLookup: (lookup) => observer.onCacheLookup?.({ ...lookup, network }),
  });
  watch.start();

  return {
    ...access,
    polling: prioritized(access.provider, 'polling'),
    health: watch.health,
    async close() {
      watch.stop();
      await Promise.all(connected.map((it) => it.provider.close()));
    },
  };
}

function budgetOf(
  settings: ProviderSettings,
  name: string,
  { keys, redis, clock, network, observer }: ConnectChainOptions & { readonly keys: ChainKeys },
) {
  const limits = limitsOf(settings);
  const budget = createRequestBudget({ key: keys.budget(name), limits, redis, clock });
  const admit: Admission = async (operation) => {
    const { kind, waitMs, leftToday } = await budget.take(currentPriority());
    if (leftToday !== undefined && limits?.perDay !== undefined)
      observer?.onQuota?.({ network, provider: name, remaining: leftToday, perDay: limits.perDay });
    if (kind === 'granted') return;
    throw new ChainProviderError(`${name} ${operation}: not asked, ${BUDGET_WORDS[kind]}`, {
      provider: name,
      operation,
      outcome: 'budget_exhausted',
      retryAfterMs: waitMs,
    });
  };
  return { budget, admit };
}

const BUDGET_WORDS = {
  rate: 'its rate is used up',
  quota: 'what today’s quota leaves for this is used up',
  backoff: 'it asked for a pause',
} as const;

function connectProvider(
  settings: ProviderSettings,
  shared: {
    readonly name: string;
    readonly network: Network;
    readonly clock: Clock;
    readonly onCall: (call: ProviderCall) => void;
    readonly admit: Admission;
    readonly timeoutMs: number;
    readonly submitTimeoutMs: number;
  },
): ClosableChainProvider {
  const { url } = settings;
  return settings.type === 'koios'
    ? createKoiosProvider({ ...shared, url, token: settings.token })
    : createBlockfrostProvider({ ...shared, url, projectId: settings.projectId });
}

/** The transactions that created these outputs, each once. */
export function parentsOf(outRefs: readonly { readonly txHash: TxHash }[]): readonly TxHash[] {
  return [...new Set(outRefs.map(({ txHash }) => txHash))];
}
