export {
  type Journal,
  JournalUnavailableError,
  type SettlementChange,
  type SettlementEvents,
  type TransitionOutcome,
  type TransitionRequest,
} from './journal.js';
export type {
  ClaimOutcome,
  DeliveryOutcome,
  InFlight,
  Settlement,
  SettlementClaim,
  SettlementEvent,
} from './settlement.js';
export { isPermitted, SETTLEMENT_STATES, type SettlementState, TRANSITIONS } from './states.js';
