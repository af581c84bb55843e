import type { BudgetGrant, RequestBudget } from '../budget/index.js';
import type { Admission } from '../http/index.js';
import { ChainProviderError } from '../provider/index.js';

/** Why a budget has no room for a call. */
export type BudgetRefusal = Exclude<BudgetGrant['kind'], 'granted'>;

const REFUSALS: Readonly<Record<BudgetRefusal, string>> = {
  rate: 'its rate is used up',
  quota: 'what today’s quota leaves for this is used up',
  backoff: 'it asked for a pause',
  reserved: 'the rest of its budget is kept for holders of keys and for settlements',
};

/**
 * Lets a call to a provider through as long as its caller's allowance and its budget have room.
 *
 * @throws LookupLimitError when its caller's allowance has none.
 */
export function admitWithin(
  budget: RequestBudget,
  provider: string,
  on: {
    readonly leftToday: (remaining: number) => void;
    readonly refused: (reason: BudgetRefusal) => void;
  },
): Admission {
  return async (operation, { priority, payment }) => {
    await payment?.spend();
    const { kind, waitMs, leftToday } = await budget.take(priority);
    if (leftToday !== undefined) on.leftToday(leftToday);
    if (kind === 'granted') return;
    await payment?.unspend();
    on.refused(kind);
    throw new ChainProviderError(`${provider} ${operation}: not asked, ${REFUSALS[kind]}`, {
      provider,
      operation,
      outcome: kind === 'reserved' ? 'reserved' : 'budget_exhausted',
      retryAfterMs: waitMs,
    });
  };
}
