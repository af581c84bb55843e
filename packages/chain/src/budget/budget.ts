import type { BudgetLimits } from './limits.js';
import type { Priority } from './priority.js';

/** Whether one request may be made now. */
export type BudgetGrant = {
  readonly kind: 'granted' | 'rate' | 'quota' | 'backoff';
  /** How long to wait before asking again; 0 when granted. */
  readonly waitMs: number;
  /** Requests left in this UTC day; unset without a daily limit. */
  readonly leftToday: number | undefined;
};

export type RequestBudget = {
  take(priority: Priority): Promise<BudgetGrant>;
  /** The provider asked for a pause: no replica asks it for that long. */
  backOff(ms: number): Promise<void>;
};

/** What polling leaves for interactive callers, as a share of the burst and of the day. */
const SPARE_SHARE = 0.2;

/** What a call of this priority must leave for others. */
export function spareOf(limits: BudgetLimits | undefined, priority: Priority) {
  const share = priority === 'polling' ? SPARE_SHARE : 0;
  return {
    tokens: (limits?.burst ?? 0) * share,
    ofDay: (limits?.perDay ?? 0) * share,
  };
}
