import { setTimeout as sleep } from 'node:timers/promises';
import { currentPriority } from '../budget/index.js';
import {
  type ChainBlock,
  type ChainProvider,
  ChainProviderError,
  type ProviderCallOutcome,
  type SubmitOutcome,
} from '../provider.js';
import { firstAnswer, together } from './first-answer.js';
import type { ProviderGuard } from './provider-guard.js';
import type { ProviderWatch } from './provider-watch.js';

export type FailoverOptions = {
  /** In the order of use; at least one. */
  readonly guards: readonly [ProviderGuard, ...ProviderGuard[]];
  readonly watch: Pick<ProviderWatch, 'lagOf' | 'nudge'>;
  /** An interactive read that takes longer is asked of the next provider as well. */
  readonly hedgeAfterMs?: number | undefined;
};

const DEFAULT_HEDGE_AFTER_MS = 400;
/** An interactive caller waits this long for a budget rather than being refused. */
const LONGEST_BUDGET_WAIT_MS = 1_500;

/**
 * Several providers of one network as one: the first that is up answers, the next takes over at once when it fails,
 * and it gets its turn back as soon as a probe went well.
 *
 * A submission that is ambiguous goes on to the next provider: the same bytes can only ever be one transaction. After
 * an ambiguous one a refusal proves nothing, because a node that has the transaction refuses its second copy: it stays
 * ambiguous, and a look at the chain decides.
 */
export function createFailoverProvider(options: FailoverOptions): ChainProvider {
  const { guards, watch, hedgeAfterMs = DEFAULT_HEDGE_AFTER_MS } = options;
  const [{ provider: first }] = guards;

  const candidates = (): readonly ProviderGuard[] => {
    watch.nudge();
    const up = guards.filter((guard) => guard.isUp());
    // Nobody is known to work: whoever may have recovered is worth the question.
    return up.length > 0 ? up : guards.filter((guard) => !guard.isRuledOut());
  };

  const askOnce = <T>(call: (provider: ChainProvider) => Promise<T>): Promise<T> => {
    const usable = candidates();
    if (usable.length === 0) return Promise.reject(together(guards.map(errorOf)));
    return firstAnswer(
      usable.map((guard) => () => guard.run((provider) => call(provider))),
      { hedgeAfterMs: currentPriority() === 'interactive' ? hedgeAfterMs : undefined },
    );
  };

  const ask = async <T>(call: (provider: ChainProvider) => Promise<T>): Promise<T> => {
    try {
      return await askOnce(call);
    } catch (error) {
      const waitMs = budgetWaitOf(error);
      if (waitMs === undefined || currentPriority() === 'polling') throw error;
      await sleep(waitMs);
      return askOnce(call);
    }
  };

  const getTip = (): Promise<ChainBlock> => {
    const guardOf = new Map(guards.map((guard) => [guard.provider, guard]));
    return ask(async (provider) => {
      const tip = await provider.getTip();
      const guard = guardOf.get(provider);
      const lag = guard === undefined ? undefined : watch.lagOf(guard, tip.height);
      if (lag === undefined) return tip;
      throw new ChainProviderError(`${provider.name} tip: ${lag}`, {
        provider: provider.name,
        operation: 'tip',
      });
    });
  };

  return {
    name: guards.map(({ provider }) => provider.name).join('/'),
    network: first.network,
    getTransactionOutputs: (txHash) => ask((provider) => provider.getTransactionOutputs(txHash)),
    getTip,
    getBlock: (hashOrHeight) => ask((provider) => provider.getBlock(hashOrHeight)),
    getBlocksAfter: (hashOrHeight, limit) => ask((provider) => provider.getBlocksAfter(hashOrHeight, limit)),
    getBlockTransactions: (hashOrHeight, page) =>
      ask((provider) => provider.getBlockTransactions(hashOrHeight, page)),
    getTransaction: (txHash) => ask((provider) => provider.getTransaction(txHash)),
    isInMempool: (txHash) => ask((provider) => provider.isInMempool(txHash)),
    getUnspentOutputs: (address) => ask((provider) => provider.getUnspentOutputs(address)),
    getAsset: (asset) => ask((provider) => provider.getAsset(asset)),
    getProtocolParameters: () => ask((provider) => provider.getProtocolParameters()),
    getTimeline: () => ask((provider) => provider.getTimeline()),
    submitTransaction: (bytes) => submitInTurn(candidates(), bytes),
  };
}

async function submitInTurn(usable: readonly ProviderGuard[], bytes: Uint8Array): Promise<SubmitOutcome> {
  const doubts: Extract<SubmitOutcome, { kind: 'ambiguous' }>[] = [];
  for (const guard of usable) {
    const outcome = await submitTo(guard, bytes);
    if (outcome.kind === 'accepted' || outcome.kind === 'already-known') return outcome;
    if (outcome.kind === 'rejected') {
      if (doubts.every(wasNotSent)) return outcome;
      doubts.push({ ...outcome, kind: 'ambiguous' });
      break;
    }
    doubts.push(outcome);
  }
  const [only, ...others] = doubts;
  if (only === undefined)
    return { kind: 'ambiguous', message: 'not sent: no chain provider can be used now' };
  if (others.length === 0) return only;
  const waits = doubts.flatMap(({ retryAfterMs }) => retryAfterMs ?? []);
  return {
    kind: 'ambiguous',
    message: doubts.map(({ message }) => message).join('; then: '),
    ...(waits.length < doubts.length ? {} : { retryAfterMs: Math.min(...waits) }),
  };
}

async function submitTo(guard: ProviderGuard, bytes: Uint8Array): Promise<SubmitOutcome> {
  try {
    return await guard.run((provider) => provider.submitTransaction(bytes));
  } catch (error) {
    // The circuit is open: nothing was sent, and nothing is known.
    if (error instanceof ChainProviderError)
      return { kind: 'ambiguous', message: error.message, outcome: error.outcome ?? 'circuit_open' };
    throw error;
  }
}

/** A doubt that is none: our own budget or circuit breaker kept the bytes here. */
function wasNotSent({ outcome }: { readonly outcome?: ProviderCallOutcome }): boolean {
  return outcome === 'budget_exhausted' || outcome === 'circuit_open';
}

/** How long to wait when nothing but a budget stood in the way; `undefined` when it is not worth it. */
function budgetWaitOf(error: unknown): number | undefined {
  if (!(error instanceof ChainProviderError) || error.outcome !== 'budget_exhausted') return undefined;
  const { retryAfterMs } = error;
  return retryAfterMs !== undefined && retryAfterMs <= LONGEST_BUDGET_WAIT_MS ? retryAfterMs : undefined;
}

function errorOf(guard: ProviderGuard): ChainProviderError {
  const { name, message = 'cannot be used now' } = guard.health();
  return new ChainProviderError(`${name} ${message}`, { provider: name, operation: 'any' });
}
