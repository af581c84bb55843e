export { QUEUE_PREFIX } from '../../src/queue/contracts.js';
export { JournalCorruptError } from '../../src/redis/index.js';
export { journalKeys } from '../../src/settlements/keys.js';
export type { SettlementClaim } from '../../src/settlements/settlement.js';
export { isPermitted, TRANSITIONS } from '../../src/settlements/states.js';
export type { PoolOutput, SponsorshipBooks } from '../../src/sponsorship/sponsorship.js';
export type { ReserveRequest } from '../../src/sponsorship/store.js';
export * from './damage.js';
export * from './harness.js';
