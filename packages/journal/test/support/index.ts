export { QUEUE_PREFIX } from '../../src/queue/index.js';
export { JournalCorruptError } from '../../src/redis/index.js';
export { isPermitted, journalKeys, type SettlementClaim, TRANSITIONS } from '../../src/settlements/index.js';
export type { PoolOutput, ReserveRequest, SponsorshipBooks } from '../../src/sponsorship/index.js';
export * from './damage.js';
export * from './harness.js';
