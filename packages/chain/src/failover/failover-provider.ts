import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Asking,
  askable,
  askedBy,
  type ChainBlock,
  type ChainProvider,
  ChainProviderError,
  operationsThrough,
  type ProviderOperations,
  type SubmitOutcome,
  wasNotSent,
} from '../provider/index.js';
import { firstAnswer, oneErrorOf } from './first-answer.js';
import type { ProviderGuard } from './provider-guard.js';
import { lagMessage } from './provider-health.js';
import type { ProviderWatch } from './provider-watch.js';

export type FailoverOptions = {
  /** In the order of use; at least one. */
  readonly guards: readonly [ProviderGuard, ...ProviderGuard[]];
  readonly watch: Pick<ProviderWatch, 'blocksBehind' | 'recheck'>;
  /** An interactive read that takes longer is asked of the next provider as well. */
  readonly hedgeAfterMs?: number | undefined;
};

const DEFAULT_HEDGE_AFTER_MS = 400;
/** An interactive caller waits up to this long for a budget before it is refused. */
const LONGEST_BUDGET_WAIT_MS = 1_500;

/**
 * Several providers of one network as one. The first that is up answers. When it fails the next takes over at once, until
 * a probe of the first succeeds.
 *
 * After an ambiguous submission the next provider gets the same bytes: they can only ever be one transaction. If it then
 * refuses them, that proves nothing, because a node that has the transaction refuses a second copy. The outcome stays
 * ambiguous, and a look at the chain decides.
 */
export function createFailoverProvider(options: FailoverOptions): ChainProvider {
  const { guards, watch, hedgeAfterMs = DEFAULT_HEDGE_AFTER_MS } = options;
  const [{ provider: first }] = guards;

  const candidates = (): readonly ProviderGuard[] => {
    watch.recheck();
    const up = guards.filter((guard) => guard.isUp());
    // None is known to work, so ask each that may have recovered.
    return up.length > 0 ? up : guards.filter((guard) => !guard.isRuledOut());
  };

  const operationsFor = (asking: Asking): ProviderOperations => {
    const isPolling = asking.priority === 'polling';

    const askOnce = <T>(operation: Operation<T>): Promise<T> => {
      const usable = candidates();
      if (usable.length === 0) return Promise.reject(oneErrorOf(guards.map(errorOf)));
      return firstAnswer(
        usable.map((guard) => () => guard.run((provider) => operation(askedBy(provider, asking), guard))),
        isPolling ? undefined : hedgeAfterMs,
      );
    };

    const ask = async <T>(operation: Operation<T>): Promise<T> => {
      try {
        return await askOnce(operation);
      } catch (error) {
        const waitMs = budgetWaitOf(error);
        if (waitMs === undefined || isPolling) throw error;
        await sleep(waitMs);
        return askOnce(operation);
      }
    };

    const tipOf = async (provider: ChainProvider, guard: ProviderGuard): Promise<ChainBlock> => {
      const tip = await provider.getTip();
      const blocks = watch.blocksBehind(guard, tip.height);
      if (blocks === 0) return tip;
      throw new ChainProviderError(`${provider.name} tip: ${lagMessage(blocks)}`, {
        provider: provider.name,
        operation: 'tip',
      });
    };

    return {
      ...operationsThrough(ask),
      getTip: () => ask(tipOf),
      submitTransaction: (bytes) => submitInTurn(candidates(), asking, bytes),
    };
  };

  const name = guards.map(({ provider }) => provider.name).join('/');
  return askable({ name, network: first.network }, operationsFor);
}

type Operation<T> = (provider: ChainProvider, guard: ProviderGuard) => Promise<T>;

async function submitInTurn(
  usable: readonly ProviderGuard[],
  asking: Asking,
  bytes: Uint8Array,
): Promise<SubmitOutcome> {
  const unclear: Extract<SubmitOutcome, { kind: 'ambiguous' }>[] = [];
  for (const guard of usable) {
    const outcome = await submitTo(guard, asking, bytes);
    if (outcome.kind === 'accepted' || outcome.kind === 'already-known') return outcome;
    if (outcome.kind === 'rejected') {
      if (unclear.every(({ outcome }) => wasNotSent(outcome))) return outcome;
      unclear.push({ ...outcome, kind: 'ambiguous' });
      break;
    }
    unclear.push(outcome);
  }
  const [only, ...others] = unclear;
  if (only === undefined)
    return { kind: 'ambiguous', message: 'not sent: no chain provider can be used now' };
  if (others.length === 0) return only;
  const waits = unclear.flatMap(({ retryAfterMs }) => retryAfterMs ?? []);
  return {
    kind: 'ambiguous',
    message: unclear.map(({ message }) => message).join('; then: '),
    ...(waits.length < unclear.length ? {} : { retryAfterMs: Math.min(...waits) }),
  };
}

async function submitTo(guard: ProviderGuard, asking: Asking, bytes: Uint8Array): Promise<SubmitOutcome> {
  try {
    return await guard.run((provider) => askedBy(provider, asking).submitTransaction(bytes));
  } catch (error) {
    // The circuit is open, so nothing was sent.
    if (error instanceof ChainProviderError)
      return { kind: 'ambiguous', message: error.message, outcome: error.outcome ?? 'circuit_open' };
    throw error;
  }
}

/** How long to wait when only a budget stood in the way; `undefined` when that is too long. */
function budgetWaitOf(error: unknown): number | undefined {
  if (!(error instanceof ChainProviderError)) return undefined;
  const { outcome, retryAfterMs } = error;
  if (outcome !== 'budget_exhausted' && outcome !== 'reserved') return undefined;
  return retryAfterMs !== undefined && retryAfterMs <= LONGEST_BUDGET_WAIT_MS ? retryAfterMs : undefined;
}

function errorOf(guard: ProviderGuard): ChainProviderError {
  const { name, message = 'cannot be used now' } = guard.health();
  return new ChainProviderError(`${name} ${message}`, { provider: name, operation: 'any' });
}
