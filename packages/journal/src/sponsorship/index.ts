export {
  createPoolTransactionStore,
  type PoolTransaction,
  type PoolTransactionStore,
} from './pool-transaction.js';
export { createSponsorshipStore, DEFAULT_SPONSORSHIP_RETENTION } from './redis-store.js';
export {
  SPONSORSHIP_STATES,
  type Sponsorship,
  type SponsorshipId,
  type SponsorshipReading,
  sponsorshipIdSchema,
  type UnreadableSponsorship,
} from './sponsorship.js';
export { sponsorshipFactOf } from './sponsorship-fact.js';
export type {
  BindOutcome,
  CloseRequest,
  PublishPoolOutcome,
  ReserveOutcome,
  SignOutcome,
  SponsorshipStore,
} from './store.js';
