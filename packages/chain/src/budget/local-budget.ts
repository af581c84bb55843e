import type { Clock } from '../provider/index.js';
import { type RequestBudget, spareOf } from './budget.js';
import type { BudgetLimits } from './limits.js';

const DAY_MS = 86_400_000;

/** The same rules within one process (see `takeScript`). */
export function createLocalBudget(limits: BudgetLimits | undefined, clock: Clock): RequestBudget {
  let tokens = limits?.burst ?? 0;
  let atMs = clock();
  let day = Math.floor(atMs / DAY_MS);
  let used = 0;
  let backOffUntilMs = 0;

  return {
    async take(priority) {
      const nowMs = clock();
      const today = Math.floor(nowMs / DAY_MS);
      if (today !== day) [day, used] = [today, 0];
      const left = limits?.perDay === undefined ? undefined : Math.max(limits.perDay - used, 0);
      if (backOffUntilMs > nowMs)
        return { kind: 'backoff', waitMs: Math.ceil(backOffUntilMs - nowMs), leftToday: left };
      const spare = spareOf(limits, priority);
      if (left !== undefined && left <= spare.ofDay)
        return { kind: 'quota', waitMs: (today + 1) * DAY_MS - nowMs, leftToday: left };
      if (limits !== undefined) {
        const { requestsPerSecond, burst } = limits;
        tokens = Math.min(tokens + (Math.max(nowMs - atMs, 0) * requestsPerSecond) / 1000, burst);
        atMs = nowMs;
        const missing = 1 + spare.tokens - tokens;
        if (missing > 0)
          return { kind: 'rate', waitMs: Math.ceil((missing * 1000) / requestsPerSecond), leftToday: left };
        tokens -= 1;
      }
      used += 1;
      return { kind: 'granted', waitMs: 0, leftToday: left === undefined ? undefined : left - 1 };
    },
    async backOff(ms) {
      backOffUntilMs = Math.max(backOffUntilMs, clock() + ms);
    },
  };
}
