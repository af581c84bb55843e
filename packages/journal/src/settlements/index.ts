export { type Call, type CallName, callOn, isResumable } from './calls.js';
export {
  type ChainPlace,
  type ChainWindow,
  type ChainWindowStore,
  createChainWindowStore,
  type NotedBlock,
} from './chain-window.js';
export { type ChannelBooks, readChannelBooks } from './channel-books.js';
export { createFollowerLease, type FollowerLease } from './follower-lease.js';
export {
  type ClaimOutcome,
  type InFlight,
  type Journal,
  type Refused,
  type ReplayOutcome,
  SettlementNotReplicatedError,
  type TransitionOutcome,
  type TransitionRequest,
} from './journal.js';
export { DEFAULT_JOURNAL_POLICY, type JournalPolicy } from './journal-policy.js';
export { createPauseSwitch, type Pause, type PauseSwitch } from './pause.js';
export { decodeNamedFields } from './record.js';
export { createRedisJournal } from './redis-journal.js';
export type { BacklogState } from './replies.js';
export {
  type ConfirmedSettlement,
  HELD_WITHOUT_TTL_MS,
  type InBlockSettlement,
  isDone,
  isInBlock,
  MAX_RESOURCE_CHARACTERS,
  type Reading,
  type Settlement,
  type SettlementClaim,
  settlementsIn,
  ttlEndsAtMs,
  type UnreadableSettlement,
} from './settlement.js';
export { createSettlementEvents, type SettlementEvents } from './settlement-events.js';
export type { SettlementIndex } from './settlement-index.js';
export { AWAITING_STATES, PENDING_STATES, SETTLEMENT_STATES, type SettlementState } from './states.js';
export { createJournalTotals, type JournalTotals, type Totals } from './totals.js';
