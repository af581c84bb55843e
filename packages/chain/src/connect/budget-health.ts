import { type BudgetLimits, type RequestBudget, spareOf } from '../budget/index.js';

/** What is left of a provider's budget. */
export type BudgetHealth = {
  /** `reserved`: only holders of keys and settlements may use the rest. `spent`: none is left until midnight UTC. */
  readonly status: 'open' | 'reserved' | 'spent';
  /** Calls; null without a daily limit. */
  readonly leftToday: number | null;
  readonly perDay: number | null;
  /** Calls of the day that strangers leave. */
  readonly reservedOfDay: number | null;
};

/** @returns `undefined` without limits. */
export async function readBudget(
  budget: Pick<RequestBudget, 'peek'>,
  limits: BudgetLimits | undefined,
  reserveShare: number,
): Promise<BudgetHealth | undefined> {
  if (limits === undefined) return undefined;
  const { perDay = null } = limits;
  const [forStrangers, forAll] = await Promise.all([budget.peek('stranger'), budget.peek('interactive')]);
  return {
    status: forAll.kind === 'quota' ? 'spent' : forStrangers.kind === 'reserved' ? 'reserved' : 'open',
    leftToday: forAll.leftToday ?? null,
    perDay,
    reservedOfDay: perDay === null ? null : spareOf(limits, 'stranger', reserveShare).ofDay,
  };
}
