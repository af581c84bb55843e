import type { Network } from '@x402-facilitator/cardano';
import { createRequestBudget, limitsOf, spareOf } from '../budget/index.js';
import { createFollowedPositions, createSharedOutputs } from '../cache/index.js';
import {
  createFailoverProvider,
  createProviderGuard,
  createProviderWatch,
  type ProvidersHealth,
} from '../failover/index.js';
import { askedBy, type ChainProvider, type Clock } from '../provider/index.js';
import { chainKeys, type RedisCommands, type RedisSubscriber } from '../redis/index.js';
import { admitWithin } from './admission.js';
import { type BudgetHealth, readBudget } from './budget-health.js';
import { type ChainAccess, createChainAccess } from './chain-access.js';
import { type ChainLogger, type ChainObserver, reportsOf } from './observer.js';
import { createProvider, type ProviderSettings } from './settings.js';

export type ConnectChainOptions = {
  readonly network: Network;
  /** In the order of use. */
  readonly providers: readonly [ProviderSettings, ...ProviderSettings[]];
  /** `chain.cache.utxoTtlSeconds` */
  readonly utxoTtlSeconds: number;
  /** `chain.providerReserveShare`: what strangers leave of a provider's burst and of its day; 0 when unset. */
  readonly reserveShare?: number | undefined;
  readonly redis?: RedisCommands | undefined;
  /** A `subscriber` connection, in the tier that answers `/verify`. It is left open. */
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

/** A network's providers and their budgets as `/health` shows them. */
export type ChainHealth = {
  /** True when at least one provider can be used. */
  readonly isUp: boolean;
  readonly providers: readonly (ProvidersHealth['providers'][number] & {
    /** Unset for a provider that has no limits here. */
    readonly budget: BudgetHealth | undefined;
  })[];
};

/** The chain of one network, from the configured providers to the facts that verification reads. */
export type ConnectedChain = ChainAccess & {
  /** The same providers for callers that can wait: they give way to interactive ones when a budget is short. */
  readonly polling: ChainProvider;
  health(): Promise<ChainHealth>;
  close(): Promise<void>;
};

/** Where another provider can take over, a slow answer is worth less than the other's. */
const TIMEOUT_MS = { alone: 10_000, withFallback: 4_000 } as const;
const SUBMIT_TIMEOUT_MS = { alone: 20_000, withFallback: 8_000 } as const;

/**
 * Connects to the providers of one network. Each is behind its budget and its circuit breaker, and all are watched. The
 * first that is up is used, with caches in front of it. This does not wait for any of them.
 */
export function connectChain(options: ConnectChainOptions): ConnectedChain {
  const { network, redis, clock, observer = {}, tuning = {}, reserveShare = 0 } = options;
  const reports = reportsOf(network, observer, options.logger.child({ network }));
  const keys = chainKeys(network);
  const backing = options.providers.length > 1 ? 'withFallback' : 'alone';
  const { timeoutMs = TIMEOUT_MS[backing], submitTimeoutMs = SUBMIT_TIMEOUT_MS[backing] } = tuning;
  const { failures, openMs } = tuning;

  const connect = (settings: ProviderSettings, index: number) => {
    const name = index === 0 ? settings.type : `${settings.type}-${index + 1}`;
    const limits = limitsOf(settings);
    const budget = createRequestBudget({ key: keys.budget(name), limits, redis, clock, reserveShare });
    const admit = admitWithin(budget, name, {
      leftToday(remaining) {
        const perDay = limits?.perDay;
        if (perDay === undefined) return;
        const reserved = spareOf(limits, 'stranger', reserveShare).ofDay;
        reports.onQuota({ provider: name, remaining, perDay, reserved });
      },
      refused: (reason) => reports.onBudgetRefusal({ provider: name, reason }),
    });
    const { onCall, onProviderState: onState } = reports;
    const provider = createProvider(settings, {
      name,
      network,
      clock,
      onCall,
      admit,
      timeoutMs,
      submitTimeoutMs,
    });
    const maxOpenMs = openMs === undefined ? undefined : openMs * 4;
    const guard = createProviderGuard({ provider, budget, clock, onState, failures, openMs, maxOpenMs });
    return { provider, guard, readBudget: () => readBudget(budget, limits, reserveShare) };
  };
  const [primary, ...fallbacks] = options.providers;
  const first = connect(primary, 0);
  const others = fallbacks.map((settings, index) => connect(settings, index + 1));
  const connected = [first, ...others];

  const guards = [first.guard, ...others.map(({ guard }) => guard)] as const;
  const watch = createProviderWatch({ guards, keys, clock, redis, ...tuning });
  const access = createChainAccess({
    provider: createFailoverProvider({ guards, watch, hedgeAfterMs: tuning.hedgeAfterMs }),
    clock,
    utxoTtlSeconds: options.utxoTtlSeconds,
    sharedOutputs: redis && createSharedOutputs({ redis, keys, subscriber: options.subscriber }),
    positions: createFollowedPositions(redis && { redis, keys }),
    onCacheLookup: reports.onCacheLookup,
    onParameters: reports.onParameters,
  });
  watch.start();

  return {
    ...access,
    polling: askedBy(access.provider, { priority: 'polling' }),
    async health() {
      const [{ isUp, providers }, budgets] = await Promise.all([
        watch.health(),
        Promise.all(connected.map(({ readBudget }) => readBudget())),
      ]);
      const withBudgets = providers.map((provider, index) => ({ ...provider, budget: budgets[index] }));
      const hasBudget = withBudgets.some(({ state, budget }) => state === 'up' && budget?.status !== 'spent');
      return { isUp: isUp && hasBudget, providers: withBudgets };
    },
    async close() {
      watch.stop();
      await Promise.all(connected.map(({ provider }) => provider.close()));
    },
  };
}
