import { isRetryable, type Settlement, settlementSchema } from './answers.js';
import { FacilitatorUnavailableError, SETTLEMENT_PENDING, SETTLEMENT_UNKNOWN } from './errors.js';
import { type FacilitatorAddress, pauseBefore, type Reply, send } from './facilitator-address.js';

/** One settlement, asked for as often as it takes. */
export type SettleCall = {
  readonly body: string;
  readonly idempotencyKey: string;
  readonly network: string;
  /** Undefined where the payload holds no transaction that can be read: the facilitator says so. */
  readonly transaction: string | undefined;
  /** POSIX milliseconds. The first request is made in any case. */
  readonly endMs: number;
  readonly timeoutMs: number;
  /** An earlier call may have been accepted. */
  readonly mayBeHeld: boolean;
  /** From now on this facilitator may have claimed the payment. */
  readonly onMayHold: (facilitator: FacilitatorAddress) => void;
  /** What a facilitator's `/status` says of the payment; undefined where it has none. */
  readonly statusAt: (facilitator: FacilitatorAddress) => Promise<string | undefined>;
  readonly whoElseHolds: (asked: FacilitatorAddress) => Promise<FacilitatorAddress | undefined>;
};

/** What one answer means. */
type Meaning =
  | { readonly kind: 'outcome'; readonly settlement: Settlement }
  | { readonly kind: 'pending'; readonly settlement: Settlement }
  /** It claimed nothing, and could not judge now. */
  | { readonly kind: 'not-now'; readonly why: string }
  /** It will not do it: a wrong key, a wrong address. */
  | { readonly kind: 'unusable'; readonly why: string }
  | { readonly kind: 'lost'; readonly why: string };

/** What a lost answer costs at most before it is asked for again. */
const LONGEST_WAIT_SECONDS = 20;

/**
 * Asks until the outcome is known or the time is up.
 *
 * @param facilitators in order; the next one is asked only while none may hold the payment.
 * @returns a success, a refusal that is final, `settlement_pending`, or `settlement_unknown`.
 * @throws FacilitatorUnavailableError when none can have claimed the payment.
 */
export async function requestSettlement(
  call: SettleCall,
  facilitators: readonly FacilitatorAddress[],
): Promise<Settlement> {
  let candidates = facilitators;
  let isHeld = call.mayBeHeld;
  let pending: Settlement | undefined;
  const why = new Set<string>();
  for (let attempt = 0; ; attempt += 1) {
    let retryAfterMs: number | undefined;
    let isWorthwhile = false;
    for (const facilitator of candidates) {
      const reply = await ask(call, facilitator);
      if (reply.kind !== 'not-sent') retryAfterMs = reply.retryAfterMs;
      const meaning = meaningOf(reply, call);
      if (meaning.kind === 'outcome') {
        const { settlement } = meaning;
        if (settlement.success) {
          call.onMayHold(facilitator);
          return settlement;
        }
        // A refusal by one that has no record of the payment says nothing about what another one has made of it.
        const other = await call.whoElseHolds(facilitator);
        if (other === undefined) {
          if (!(await mayHaveLanded(settlement, call, facilitator, isHeld))) return settlement;
          const { errorReason, errorMessage } = settlement;
          return unknownOutcome(call, why.add(`${facilitator.url}: ${errorMessage ?? errorReason}`));
        }
        isWorthwhile = true;
        candidates = [other];
        break;
      }
      if (meaning.kind !== 'unusable') isWorthwhile = true;
      if (meaning.kind === 'pending') pending = meaning.settlement;
      else why.add(`${facilitator.url}: ${meaning.why}`);
      if (meaning.kind === 'pending' || meaning.kind === 'lost') {
        isHeld = true;
        call.onMayHold(facilitator);
        candidates = [facilitator];
        break;
      }
    }
    if (isWorthwhile && (await pauseBefore(attempt, retryAfterMs, call.endMs))) continue;
    if (pending !== undefined) return pending;
    if (isHeld) return unknownOutcome(call, why);
    throw new FacilitatorUnavailableError('/settle', why);
  }
}

/** What only the bytes and the terms decide. A payment that landed is not refused for it. */
const SAID_OF_BYTES =
  /unsupported|mismatch|decode|unsigned|invalid_signature|amount|below_minimum|min_utxo|requirements/;

/**
 * Whether a refusal may be the echo of the payment's own success: after a lost answer its inputs are spent, and it is a
 * duplicate. A facilitator that keeps no answers says so, where it should give the success again.
 */
async function mayHaveLanded(
  { errorReason = '' }: Settlement,
  call: SettleCall,
  facilitator: FacilitatorAddress,
  isHeld: boolean,
): Promise<boolean> {
  // It was paid before the facilitator lost its journal.
  if (errorReason.endsWith('settled_before_claim')) return true;
  if (!isHeld || SAID_OF_BYTES.test(errorReason)) return false;
  const status = await call.statusAt(facilitator);
  return status !== 'failed' && status !== 'not_found';
}

function ask(
  { body, idempotencyKey, endMs, timeoutMs }: SettleCall,
  facilitator: FacilitatorAddress,
): Promise<Reply> {
  // Half of what is left, so that there is time to ask again.
  const halfSeconds = Math.floor((endMs - Date.now()) / 2000);
  const waitSeconds = Math.max(0, Math.min(halfSeconds, LONGEST_WAIT_SECONDS));
  return send(facilitator, '/settle', {
    body,
    headers: { 'idempotency-key': idempotencyKey, prefer: `wait=${waitSeconds}` },
    timeoutMs: waitSeconds * 1000 + timeoutMs,
  });
}

function meaningOf(reply: Reply, { transaction, network }: SettleCall): Meaning {
  if (reply.kind === 'not-sent') return { kind: 'not-now', why: reply.why };
  if (reply.kind === 'lost') return reply;
  const { status, body } = reply;
  const parsed = settlementSchema.safeParse(body);
  if (!parsed.success) {
    const why = `${status} without an outcome`;
    if (status === 429) return { kind: 'not-now', why };
    return status >= 400 && status < 500 ? { kind: 'unusable', why } : { kind: 'lost', why };
  }
  const settlement = parsed.data;
  if (settlement.success)
    return (transaction === undefined || settlement.transaction === transaction) &&
      settlement.network === network
      ? { kind: 'outcome', settlement }
      : { kind: 'lost', why: `told the success of ${settlement.transaction} on ${settlement.network}` };
  if (settlement.errorReason === SETTLEMENT_PENDING) return { kind: 'pending', settlement };
  const why = settlement.errorMessage ?? settlement.errorReason ?? `${status}`;
  if (status < 500 && !isRetryable(settlement)) return { kind: 'outcome', settlement };
  // With a transaction it is recorded, such as settlement_not_replicated. Without one nothing was claimed.
  return { kind: settlement.transaction === '' ? 'not-now' : 'lost', why };
}

function unknownOutcome({ transaction, network }: SettleCall, why: ReadonlySet<string>): Settlement {
  return {
    success: false,
    errorReason: SETTLEMENT_UNKNOWN,
    errorMessage: `the payment may be settled or may still be: show the same payment again, and never pay anew for it (${[...why].join('; ')})`,
    payer: undefined,
    transaction: transaction ?? '',
    network,
    amount: undefined,
    extensions: undefined,
    extra: { status: 'unknown' },
  };
}
