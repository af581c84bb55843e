import type { ChannelRecord } from '../channels/store.js';

/** What came of a claim that was sent. `unavailable`: the facilitator did not say; the next round reads the channels and tries again. */
export type ClaimOutcome = 'confirmed' | 'refused' | 'failed' | 'unavailable';

/** Counts since this manager was made, and gauges of its last round. */
export type ChannelMetrics = {
  /** Locked and not yet claimed, by asset in its units. */
  readonly x402_credit_balance: Readonly<Record<string, bigint>>;
  /** Open channels. */
  readonly x402_active_subscriptions: number;
  /** Openings and top-ups seen. */
  readonly channel_deposits_total: number;
  readonly channel_claims_total: Readonly<Record<ClaimOutcome, number>>;
  /** Channels that their buyer closed or that ended without. */
  readonly channel_closes_total: number;
  /** Closed channels that owe something and have at most a third of their close period left: alert on any. */
  readonly channel_unsettled_late: number;
};

/** The counters of one manager. */
export type Counts = {
  deposits: number;
  closes: number;
  readonly claims: Record<ClaimOutcome, number>;
};

export const noCounts = (): Counts => ({
  deposits: 0,
  closes: 0,
  claims: { confirmed: 0, refused: 0, failed: 0, unavailable: 0 },
});

const LATE_PART = 2 / 3;

export function metricsOf(records: Iterable<ChannelRecord>, counts: Counts, nowMs: number): ChannelMetrics {
  const credit: Record<string, bigint> = {};
  let open = 0;
  let late = 0;
  for (const record of records) {
    const { balance, totalClaimed, withdrawRequestedAt, charged } = record;
    const { token, withdrawDelay } = record.config;
    if (balance > totalClaimed) credit[token] = (credit[token] ?? 0n) + balance - totalClaimed;
    if (withdrawRequestedAt === 0) open += 1;
    else if (charged > totalClaimed && nowMs >= (withdrawRequestedAt + withdrawDelay * LATE_PART) * 1000)
      late += 1;
  }
  return {
    x402_credit_balance: credit,
    x402_active_subscriptions: open,
    channel_deposits_total: counts.deposits,
    channel_claims_total: { ...counts.claims },
    channel_closes_total: counts.closes,
    channel_unsettled_late: late,
  };
}
