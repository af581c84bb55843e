export { type ChainWindow, type ChainWindowStore, createChainWindowStore } from './chain-window.js';
export { createFollowerLease, type FollowerLease } from './follower-lease.js';
export type {
  ClaimOutcome,
  DeliveryOutcome,
  InFlight,
  Journal,
  ReservationOutcome,
  ReservationRequest,
  TransitionOutcome,
  TransitionRequest,
} from './journal.js';
export { journalKeys } from './keys.js';
export { createPauseSwitch, type Pause, type PauseSwitch } from './pause.js';
export {
  createRedisJournal,
  DEFAULT_JOURNAL_POLICY,
  type JournalPolicy,
  type RedisJournalOptions,
} from './redis-journal.js';
export { type BacklogState, txHashOf } from './replies.js';
export {
  type ConfirmedSettlement,
  type FailedSettlement,
  type InBlockSettlement,
  type IncludedSettlement,
  isDone,
  isInBlock,
  MAX_RESOURCE_CHARACTERS,
  type Reading,
  type Settlement,
  type SettlementClaim,
  type SettlementKind,
  type SettlementProof,
  settlementsIn,
  type UnreadableSettlement,
} from './settlement.js';
export {
  createSettlementEvents,
  type SettlementEvent,
  type SettlementEvents,
  type SettlementEventsOptions,
} from './settlement-events.js';
export type { PendingCounts, SettlementIndex } from './settlement-index.js';
export {
  AWAITING_STATES,
  FINAL_STATES,
  isPermitted,
  PENDING_STATES,
  SETTLEMENT_STATES,
  type SettlementState,
  TRANSITIONS,
} from './states.js';
export { createJournalTotals, type JournalTotals, type Totals } from './totals.js';
