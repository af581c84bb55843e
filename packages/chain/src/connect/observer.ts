import type { Network } from '@x402-facilitator/cardano';
import type { ProviderHealth } from '../failover/index.js';
import type { ProviderCall } from '../http/index.js';
import type { BudgetRefusal } from './admission.js';
import type { CacheLookup, ParametersRead } from './chain-access.js';

type WriteLine = (facts: Readonly<Record<string, unknown>>, message: string) => void;

/** What chain access writes its log with. A logger of pino is one. */
export type ChainLogger = {
  readonly debug: WriteLine;
  readonly info: WriteLine;
  readonly warn: WriteLine;
  readonly error: WriteLine;
  child(facts: Readonly<Record<string, unknown>>): ChainLogger;
};

/** What chain access tells of itself: metrics hook in here. Label values are bounded sets. */
export type ChainObserver = {
  /** Each HTTP call, after it ended. */
  onCall?(call: ProviderCall & { readonly network: Network }): void;
  onCacheLookup?(lookup: CacheLookup & { readonly network: Network }): void;
  /** The network's parameters were read: at the start, in each epoch, and now and then. */
  onParameters?(read: ParametersRead & { readonly network: Network }): void;
  /** A provider came into use or went out of it. */
  onProviderState?(health: ProviderHealth & { readonly network: Network }): void;
  /** Requests left in this UTC day, after each call to a provider with a daily limit. */
  onQuota?(quota: {
    readonly network: Network;
    readonly provider: string;
    readonly remaining: number;
    /** Requests that a whole UTC day has. */
    readonly perDay: number;
    /** Those of them that strangers leave. */
    readonly reserved: number;
  }): void;
  /** A call was not made, because a budget has no room for it. */
  onBudgetRefusal?(refusal: {
    readonly network: Network;
    readonly provider: string;
    readonly reason: BudgetRefusal;
  }): void;
};

/** The observer of one network, with what is logged in any case. */
export type Reports = Required<{
  [Event in keyof ChainObserver]: (
    facts: Omit<Parameters<NonNullable<ChainObserver[Event]>>[0], 'network'>,
  ) => void;
}>;

const LEVELS = {
  up: 'info',
  down: 'warn',
  backing_off: 'warn',
  lagging: 'warn',
  banned: 'error',
  wrong_network: 'error',
} as const;

/** Logs calls and states of the providers, and passes everything on to the observer. */
export function reportsOf(network: Network, observer: ChainObserver, logger: ChainLogger): Reports {
  return {
    onCall(call) {
      observer.onCall?.({ ...call, network });
      const { provider, operation, outcome, durationMs: duration } = call;
      logger.debug({ duration, metadata: { provider, operation, outcome } }, 'asked a chain provider');
    },
    onCacheLookup: (lookup) => observer.onCacheLookup?.({ ...lookup, network }),
    onParameters: (read) => observer.onParameters?.({ ...read, network }),
    onProviderState(health) {
      observer.onProviderState?.({ ...health, network });
      const { name: provider, state, message } = health;
      logger[LEVELS[state]](
        { metadata: { provider, state, message } },
        `chain provider ${provider} is ${state}`,
      );
    },
    onQuota: (quota) => observer.onQuota?.({ ...quota, network }),
    onBudgetRefusal: (refusal) => observer.onBudgetRefusal?.({ ...refusal, network }),
  };
}
