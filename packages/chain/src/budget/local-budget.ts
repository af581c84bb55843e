import type { Clock } from '../provider/index.js';
import type { BudgetGrant, RequestBudget, Spare } from './budget.js';
import type { BudgetLimits } from './limits.js';

const DAY_MS = 86_400_000;

/** A budget of one process. */
export type LocalBudget = Pick<RequestBudget, 'backOff'> & {
  take(spare: Spare): BudgetGrant;
  peek(spare: Spare): BudgetGrant;
};

/** The same rules within one process (see `takeScript`). */
export function createLocalBudget(limits: BudgetLimits | undefined, clock: Clock): LocalBudget {
  let tokens = limits?.burst ?? 0;
  let atMs = clock();
  let day = Math.floor(atMs / DAY_MS);
  let used = 0;
  let backOffUntilMs = 0;

  const peek = (spare: Spare): BudgetGrant => {
    const nowMs = clock();
    const today = Math.floor(nowMs / DAY_MS);
    if (today !== day) [day, used] = [today, 0];
    const leftToday = limits?.perDay === undefined ? undefined : Math.max(limits.perDay - used, 0);
    if (backOffUntilMs > nowMs)
      return { kind: 'backoff', waitMs: Math.ceil(backOffUntilMs - nowMs), leftToday };
    if (leftToday !== undefined && leftToday <= spare.ofDay)
      return { kind: 'quota', waitMs: (today + 1) * DAY_MS - nowMs, leftToday };
    if (limits !== undefined) {
      const { requestsPerSecond, burst } = limits;
      tokens = Math.min(tokens + (Math.max(nowMs - atMs, 0) * requestsPerSecond) / 1000, burst);
      atMs = nowMs;
      const missing = 1 + spare.tokens - tokens;
      if (missing > 0)
        return { kind: 'rate', waitMs: Math.ceil((missing * 1000) / requestsPerSecond), leftToday };
    }
    return { kind: 'granted', waitMs: 0, leftToday };
  };

  return {
    peek,
    take(spare) {
      const grant = peek(spare);
      if (grant.kind !== 'granted') return grant;
      tokens -= 1;
      used += 1;
      return { ...grant, leftToday: grant.leftToday === undefined ? undefined : grant.leftToday - 1 };
    },
    async backOff(ms) {
      backOffUntilMs = Math.max(backOffUntilMs, clock() + ms);
    },
  };
}
