export {
  createPoolTransactionStore,
  type PoolTransaction,
  type PoolTransactionStore,
} from './pool-transaction.js';
export {
  createSponsorshipStore,
  DEFAULT_SPONSORSHIP_RETENTION,
  type SponsorshipRetention,
} from './redis-store.js';
export {
  CLOSED_SPONSORSHIP_STATES,
  type Pool,
  type PoolCounts,
  type PoolOutput,
  SPONSORSHIP_STATES,
  type Sponsorship,
  type SponsorshipBooks,
  type SponsorshipId,
  type SponsorshipLimit,
  type SponsorshipLimits,
  type SponsorshipReading,
  type SponsorshipState,
  sponsorshipIdSchema,
  type UnreadableSponsorship,
} from './sponsorship.js';
export { sponsorshipFactOf } from './sponsorship-fact.js';
export type {
  BindOutcome,
  BindRequest,
  CloseOutcome,
  CloseRequest,
  PublishPoolOutcome,
  PublishPoolRequest,
  ReserveOutcome,
  ReserveRequest,
  SignOutcome,
  SignRequest,
  SponsorshipStore,
} from './store.js';
