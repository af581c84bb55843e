import {
  type Accepted,
  type OutputFact,
  type OutRefKey,
  outRefKey,
  type PaymentRequest,
  type Refusal,
  type Result,
  type VerificationPolicy,
} from '@x402-facilitator/cardano';
import { batchSettlementScheme } from '../internals.js';
import { POLICY } from '../world.js';
import { type ChannelDraft, factsAt, NOW_MS, requestOf } from './draft.js';
import { SCRIPT_HASH } from './outputs.js';

export const CHANNEL_POLICY: VerificationPolicy = { ...POLICY, channelValidators: new Set([SCRIPT_HASH]) };

/** The verdict on a draft's request. */
export function verifyChannel(
  draft: ChannelDraft,
  request: PaymentRequest = requestOf(draft),
): Result<Accepted, Refusal> {
  const networkFacts = factsAt(draft.protocolVersion);
  const read = batchSettlementScheme.read(request, { ...CHANNEL_POLICY, ...draft.policy });
  if (!read.ok) return read;
  const followed = draft.followed ?? { status: 'unknown', reason: 'the test follows nothing' };
  if (read.value.kind === 'commitment') return read.value.check({ networkFacts, followed });
  const decoded = read.value.decode(networkFacts);
  if (!decoded.ok) return decoded;
  const checked = decoded.value.check({ nowMs: NOW_MS });
  if (!checked.ok) return checked;
  if (checked.value.kind === 'broadcast') throw new Error('nothing was broadcast here');
  const facts = factsOf(draft);
  const outputs = new Map(
    checked.value.needs.outputs.map((ref) => [outRefKey(ref), facts.get(outRefKey(ref)) ?? MISSING]),
  );
  const ledger = checked.value.check({
    outputs,
    followed,
    reservedInput: draft.reservedInput,
    nowMs: NOW_MS,
  });
  return ledger.ok ? ledger.value.judge() : ledger;
}

const MISSING: OutputFact = { status: 'missing' };

function factsOf({ unspent, spent = [], hidden = [] }: ChannelDraft): ReadonlyMap<OutRefKey, OutputFact> {
  return new Map<OutRefKey, OutputFact>([
    ...unspent.map((output) => [outRefKey(output.outRef), { status: 'unspent', output }] as const),
    ...spent.map((output) => [outRefKey(output.outRef), { status: 'spent', output }] as const),
    ...hidden.map((key) => [key, { status: 'unknown', reason: 'the provider timed out' }] as const),
  ]);
}
