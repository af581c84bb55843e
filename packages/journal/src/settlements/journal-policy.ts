import type { SettlementState } from './states.js';

/** How long the journal keeps and watches records. Milliseconds. */
export type JournalPolicy = {
  /** `settle.retentionSeconds`: a terminal settlement stays readable past the later of settlement and TTL. */
  readonly retentionMs: number;
  /**
   * `archive.maxBacklog`, where an archive is configured: ended settlements are kept until they are archived, and no more
   * are claimed while so many wait for it.
   */
  readonly archiveMaxBacklog?: number | undefined;
  /** `chain.follower.stabilityWindowSeconds`: a confirmation is watched for a rollback. */
  readonly stabilityMs: number;
  /** `chain.verification.graceBufferSeconds`: inputs are held for this long past the TTL. */
  readonly graceMs: number;
  /** `webhooks.maxWaiting`: how many events may wait for one endpoint; 0: webhooks are off, and no event is written. */
  readonly webhookLimit: number;
  /** How long a settlement may stay in a state before the sweeper looks at it. */
  readonly patienceMs: Readonly<Record<'queued' | 'submitting' | 'ambiguous' | 'submitted', number>>;
};

/** The defaults of a deployment (docs/configuration.md). */
export const DEFAULT_JOURNAL_POLICY: JournalPolicy = {
  retentionMs: 86_400_000,
  stabilityMs: 600_000,
  graceMs: 30_000,
  webhookLimit: 0,
  // Queued: its job may have been lost. Submitting: longer than any submission takes. Submitted: longer than a block
  // usually takes, so that a normal payment needs no look-up.
  patienceMs: { queued: 10_000, submitting: 30_000, ambiguous: 2_000, submitted: 90_000 },
};

/** A confirmation by mempool acceptance is as uncertain as a submission, so the sweeper treats both the same. */
export function patience(policy: JournalPolicy, state: SettlementState): number {
  const byState: Partial<Record<SettlementState, number>> = policy.patienceMs;
  return byState[state] ?? policy.patienceMs.submitted;
}
