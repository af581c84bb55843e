export { type ChainWindow, type ChainWindowStore, createChainWindowStore } from './chain-window.js';
export { createFollowerLease, type FollowerLease } from './follower-lease.js';
export { amountField, countField, outRefField, txHashField } from './hash-fields.js';
export {
  type BacklogState,
  type Journal,
  JournalCorruptError,
  JournalUnavailableError,
  type PendingCounts,
  type ReservationRequest,
  type SettlementChange,
  type SettlementEvents,
  type SettlementIndex,
  type TransitionOutcome,
  type TransitionRequest,
} from './journal.js';
export { type JournalKeys, journalKeys } from './keys.js';
export { createPauseSwitch, type Pause, type PauseSwitch } from './pause.js';
export {
  createRedisJournal,
  DEFAULT_JOURNAL_POLICY,
  type JournalPolicy,
  type RedisJournalOptions,
} from './redis-journal.js';
export { txHashOf } from './replies.js';
export { scanKeys } from './scan-keys.js';
export { answered, defineScript, type Script } from './scripts/define.js';
export {
  type ClaimOutcome,
  type DeliveryOutcome,
  type InFlight,
  MAX_RESOURCE_CHARACTERS,
  type ReservationOutcome,
  type Settlement,
  type SettlementClaim,
  type SettlementEvent,
  type SettlementProof,
} from './settlement.js';
export { createSettlementEvents, type SettlementEventsOptions } from './settlement-events.js';
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
