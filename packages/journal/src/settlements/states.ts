/** Every state of a settlement (docs/settlement.md draws them). */
export const SETTLEMENT_STATES = [
  'queued',
  'submitting',
  'submitted',
  'ambiguous',
  'included',
  'confirmed',
  'failed',
  'expired',
] as const;

export type SettlementState = (typeof SETTLEMENT_STATES)[number];

/** Whether a stored value is a state that this version knows. */
export function isState(value: unknown): value is SettlementState {
  return SETTLEMENT_STATES.some((state) => state === value);
}

const EXPIRED = 'TTL passed plus grace, by blocks so deep that they stay, seen nowhere';
const DEEP_ENOUGH = 'the follower finds it in a canonical block that is as deep as asked';
const SCRIPTS_FAILED = 'it was included with failed scripts, so deep that it stays';

/** Every permitted change of state and what triggers it. The transition script is generated from the same table. */
export const TRANSITIONS = [
  { from: 'queued', to: 'submitting', trigger: 'a worker takes the job; written before anything is sent' },
  { from: 'submitting', to: 'submitted', trigger: 'the node accepted, or already has this very transaction' },
  {
    from: 'submitting',
    to: 'failed',
    trigger:
      'another transaction has spent an input, so deep in the chain that it stays; or the node refused these bytes for good, three times in a row, and the ledger does not hold them',
  },
  { from: 'submitting', to: 'ambiguous', trigger: 'no clear answer: the node may have it' },
  { from: 'submitting', to: 'expired', trigger: EXPIRED },
  {
    from: 'queued',
    to: 'failed',
    trigger: 'it was included with failed scripts, so deep that it stays, or the wallet refused to sign it',
  },
  { from: 'ambiguous', to: 'submitted', trigger: 'mempool or chain shows it' },
  {
    from: 'ambiguous',
    to: 'submitting',
    trigger: 'not seen, inputs unspent, TTL not passed: the same bytes again',
  },
  { from: 'ambiguous', to: 'included', trigger: 'the follower finds it in a canonical block' },
  { from: 'ambiguous', to: 'confirmed', trigger: DEEP_ENOUGH },
  { from: 'ambiguous', to: 'failed', trigger: SCRIPTS_FAILED },
  { from: 'ambiguous', to: 'expired', trigger: EXPIRED },
  { from: 'queued', to: 'included', trigger: 'the follower finds it in a canonical block' },
  { from: 'queued', to: 'confirmed', trigger: DEEP_ENOUGH },
  { from: 'queued', to: 'expired', trigger: EXPIRED },
  { from: 'submitting', to: 'included', trigger: 'the follower finds it in a canonical block' },
  { from: 'submitting', to: 'confirmed', trigger: DEEP_ENOUGH },
  { from: 'submitted', to: 'included', trigger: 'the follower finds it in a canonical block' },
  {
    from: 'submitted',
    to: 'confirmed',
    trigger: `${DEEP_ENOUGH}; or a -1 policy is met by mempool acceptance`,
  },
  { from: 'submitted', to: 'submitting', trigger: 'seen nowhere any more: the same bytes again' },
  { from: 'submitted', to: 'failed', trigger: SCRIPTS_FAILED },
  { from: 'submitted', to: 'expired', trigger: EXPIRED },
  { from: 'included', to: 'included', trigger: 'deeper, or in another block after a rollback' },
  { from: 'included', to: 'confirmed', trigger: 'depth reached the required confirmations' },
  { from: 'included', to: 'submitted', trigger: 'its block left the chain' },
  { from: 'confirmed', to: 'confirmed', trigger: 'deeper, or in another block after a rollback' },
  {
    from: 'confirmed',
    to: 'submitted',
    trigger:
      'its block left the chain inside the stability window, or its mempool acceptance came to nothing',
  },
] as const satisfies readonly { from: SettlementState; to: SettlementState; trigger: string }[];

/** True when the table permits the change. */
export function isPermitted(from: SettlementState, to: SettlementState): boolean {
  return TRANSITIONS.some((transition) => transition.from === from && transition.to === to);
}

/** In flight and not in a block yet: what the follower matches new blocks against. */
export const AWAITING_STATES = [
  'queued',
  'submitting',
  'submitted',
  'ambiguous',
] as const satisfies readonly SettlementState[];

/** In flight: neither confirmed nor over. */
export const PENDING_STATES = [...AWAITING_STATES, 'included'] as const;

/** States that nothing leads out of. `confirmed` joins them when its stability window has passed. */
export const FINAL_STATES = ['failed', 'expired'] as const satisfies readonly SettlementState[];
