import type { Priority } from '../provider/index.js';
import type { BudgetLimits } from './limits.js';

/** Whether one request may be made now. */
export type BudgetGrant = {
  /** `reserved`: there is some left, which is kept for others. */
  readonly kind: 'granted' | 'reserved' | 'rate' | 'quota' | 'backoff';
  /** How long to wait before asking again; 0 when granted. */
  readonly waitMs: number;
  /** Requests left in this UTC day; unset without a daily limit. */
  readonly leftToday: number | undefined;
};

export type RequestBudget = {
  take(priority: Priority): Promise<BudgetGrant>;
  /** What `take` would say, without taking. */
  peek(priority: Priority): Promise<BudgetGrant>;
  /** The provider asked for a pause: no replica asks it for that long. */
  backOff(ms: number): Promise<void>;
};

/** What polling leaves for interactive callers, as a share of the burst and of the day. */
const SPARE_SHARE = 0.2;

/** What a call of this priority must leave for others. */
export type Spare = { readonly tokens: number; readonly ofDay: number };

/** @param reserveShare what strangers leave, as a share of the burst and of the day. */
export function spareOf(limits: BudgetLimits | undefined, priority: Priority, reserveShare: number): Spare {
  const share = { interactive: 0, stranger: reserveShare, polling: SPARE_SHARE }[priority];
  return {
    tokens: (limits?.burst ?? 0) * share,
    ofDay: Math.floor((limits?.perDay ?? 0) * share),
  };
}

/** What a grant means for strangers: what is short for them may only be kept for others. */
export function grantFor(priority: Priority, { tokens }: Spare, grant: BudgetGrant): BudgetGrant {
  const { kind, leftToday } = grant;
  const isKept = (kind === 'quota' && leftToday !== 0) || (kind === 'rate' && tokens > 0);
  return priority === 'stranger' && isKept ? { ...grant, kind: 'reserved' } : grant;
}
