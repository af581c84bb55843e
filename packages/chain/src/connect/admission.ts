import { currentPriority, type RequestBudget } from '../budget/index.js';
import type { Admission } from '../http/index.js';
import { ChainProviderError } from '../provider/index.js';

const REFUSALS = {
  rate: 'its rate is used up',
  quota: 'what today’s quota leaves for this is used up',
  backoff: 'it asked for a pause',
} as const;

/** Lets a call to a provider through as long as its budget has room. */
export function admitWithin(
  budget: RequestBudget,
  provider: string,
  onLeftToday: (remaining: number) => void,
): Admission {
  return async (operation) => {
    const { kind, waitMs, leftToday } = await budget.take(currentPriority());
    if (leftToday !== undefined) onLeftToday(leftToday);
    if (kind === 'granted') return;
    throw new ChainProviderError(`${provider} ${operation}: not asked, ${REFUSALS[kind]}`, {
      provider,
      operation,
      outcome: 'budget_exhausted',
      retryAfterMs: waitMs,
    });
  };
}
