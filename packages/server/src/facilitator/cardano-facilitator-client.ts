import { createHash } from 'node:crypto';
import type { FacilitatorClient } from '@x402/core/server';
import type {
  Network,
  PaymentPayload,
  PaymentRequirements,
  SettleResponse,
  SupportedResponse,
  VerifyResponse,
} from '@x402/core/types';
import { type Result, type VerifiedReceipt, verifyReceipt } from '@x402-facilitator/cardano';
import { LRUCache } from 'lru-cache';
import { currentAttempt, txHashOf } from '../payment/index.js';
import { isRetryable, statusSchema, supportedSchema, type Verdict, verdictSchema } from './answers.js';
import { FacilitatorUnavailableError, isOpen, SETTLEMENT_PENDING } from './errors.js';
import { type FacilitatorAddress, pauseBefore, send } from './facilitator-address.js';
import { requestSettlement, type SettleCall } from './request-settlement.js';

/** One facilitator, or several in order of preference: see `settle` for when a later one is asked. */
export type CardanoFacilitatorClientOptions = (
  | FacilitatorAddress
  | { readonly facilitators: readonly FacilitatorAddress[] }
) & {
  /** How long `settle` asks before it says `settlement_pending` or `settlement_unknown`, in milliseconds; 90 000 by default. */
  readonly settleWithinMs?: number;
  /** How long `verify` and `getSupported` ask, in milliseconds; 15 000 by default. */
  readonly verifyWithinMs?: number;
  /** How long one answer may take beyond what the facilitator was asked to wait, in milliseconds; 15 000 by default. */
  readonly timeoutMs?: number;
  /** How long an answer of `/supported` is used, in milliseconds; 60 000 by default. */
  readonly supportedForMs?: number;
};

const SETTLE_WITHIN_MS = 90_000;
const VERIFY_WITHIN_MS = 15_000;
const TIMEOUT_MS = 15_000;
const SUPPORTED_FOR_MS = 60_000;
/** A verdict is good for a moment only: settle judges again. */
const VERDICT_FOR_MS = 10_000;
const REMEMBERED = 10_000;
const REMEMBERED_FOR_MS = 86_400_000;

/**
 * Talks to facilitators in place of `HTTPFacilitatorClient`, and asks again until it knows what became of a payment.
 *
 * @example
 * const facilitator = new CardanoFacilitatorClient({ url: 'https://facilitator.example' });
 * const server = new x402ResourceServer(facilitator).register('cardano:*', new ExactCardanoScheme());
 */
export class CardanoFacilitatorClient implements FacilitatorClient {
  readonly #facilitators: readonly FacilitatorAddress[];
  readonly #settleWithinMs: number;
  readonly #verifyWithinMs: number;
  readonly #timeoutMs: number;
  /** Which facilitator may have claimed a payment: it alone can say what became of it. */
  readonly #holders = new LRUCache<string, FacilitatorAddress>({ max: REMEMBERED, ttl: REMEMBERED_FOR_MS });
  readonly #verdicts = new LRUCache<string, Promise<Verdict>>({ max: REMEMBERED, ttl: VERDICT_FOR_MS });
  readonly #supported: LRUCache<'supported', Promise<SupportedResponse>>;
  /** Payloads whose last answer was that they are pending: `@x402/core` asks a second time at once. */
  readonly #askedLately = new WeakSet<object>();

  /** @throws Error when there is no facilitator, or a URL that is not http or https. */
  constructor(options: CardanoFacilitatorClientOptions) {
    this.#facilitators = 'facilitators' in options ? options.facilitators : [options];
    if (this.#facilitators.length === 0) throw new Error('expected a facilitator, found none');
    for (const { url } of this.#facilitators)
      if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
        throw new Error(`expected an http or https URL of a facilitator, found ${url}`);
    this.#settleWithinMs = options.settleWithinMs ?? SETTLE_WITHIN_MS;
    this.#verifyWithinMs = options.verifyWithinMs ?? VERIFY_WITHIN_MS;
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    this.#supported = new LRUCache({ max: 1, ttl: options.supportedForMs ?? SUPPORTED_FOR_MS });
  }

  /**
   * Whether a payment is good. Asks again, and asks the next facilitator, when one gives no verdict: a verdict claims nothing.
   *
   * @throws FacilitatorUnavailableError when none gave a verdict in time.
   */
  async verify(payload: PaymentPayload, requirements: PaymentRequirements): Promise<VerifyResponse> {
    const body = bodyOf(payload, requirements);
    const key = `${currentAttempt()?.idempotencyKey ?? ''} ${createHash('sha256').update(body).digest('hex')}`;
    const verdict = this.#verdicts.get(key) ?? this.#judge(payload, requirements, body);
    this.#verdicts.set(key, verdict);
    const isGood = await verdict.then(
      ({ isValid }) => isValid,
      () => false,
    );
    if (!isGood) this.#verdicts.delete(key);
    return { ...(await verdict) } as VerifyResponse;
  }

  /**
   * Settles a payment. Makes the same call again after a lost answer, a time-out, 429, 5xx or `settlement_pending`, with one
   * `Idempotency-Key`, until the outcome is known or the time is up. Then it says `settlement_pending`, or
   * `settlement_unknown` with the transaction: neither is a failure, and the next call goes on from there.
   *
   * A payment whose outcome at one facilitator is not known is not shown to another one. The second could only refuse
   * what the first has sent, and its refusal would be told as the failure of a payment that succeeded.
   *
   * @throws FacilitatorUnavailableError when none gave a usable answer and none can have claimed the payment.
   */
  async settle(payload: PaymentPayload, requirements: PaymentRequirements): Promise<SettleResponse> {
    const txHash = txHashOf(payload);
    const outcome = await requestSettlement(
      this.#callFor(payload, requirements, txHash, this.#settleWithinMs),
      this.#candidates(txHash),
    ).catch((error: Error) => {
      currentAttempt()?.onUnavailable?.(error);
      throw error;
    });
    if (outcome.errorReason === SETTLEMENT_PENDING) this.#askedLately.add(payload);
    return { ...outcome, network: outcome.network as Network } as SettleResponse;
  }

  /** @throws FacilitatorUnavailableError when none answered in time. */
  async getSupported(): Promise<SupportedResponse> {
    const known = this.#supported.get('supported') ?? this.#askSupported();
    this.#supported.set('supported', known);
    return known.catch((error: unknown) => {
      this.#supported.delete('supported');
      throw error;
    });
  }

  /**
   * The facilitator's signed receipt of a settlement, checked. A receipt is signed a moment after the settlement is
   * confirmed in a block.
   *
   * @returns the receipt and the address that signed it; compare that with the facilitator's. Or why there is none.
   */
  async readReceipt(transaction: string): Promise<Result<VerifiedReceipt, string>> {
    const why: string[] = [];
    for (const facilitator of this.#candidates(transaction)) {
      const path = `/status/${encodeURIComponent(transaction)}/receipt`;
      const reply = await send(facilitator, path, { timeoutMs: this.#timeoutMs });
      if (reply.kind === 'answer' && reply.status === 200) {
        const verified = verifyReceipt(reply.body);
        if (!verified.ok || verified.value.receipt.transaction === transaction) return verified;
        why.push(`${facilitator.url}: the receipt of ${verified.value.receipt.transaction}`);
      } else why.push(`${facilitator.url}: ${reply.kind === 'answer' ? reply.status : reply.why}`);
    }
    return { ok: false, error: `no receipt of ${transaction} yet: ${why.join('; ')}` };
  }

  /** One that is silent leaves the others their time. */
  #shareOf(endMs: number, candidates: readonly FacilitatorAddress[]): number {
    return Math.max(1, Math.min(this.#timeoutMs, (endMs - Date.now()) / candidates.length));
  }

  /** Those that may be asked about a payment. */
  #candidates(txHash: string | undefined): readonly FacilitatorAddress[] {
    const holder = txHash === undefined ? undefined : this.#holders.get(txHash);
    return holder === undefined ? this.#facilitators : [holder];
  }

  #callFor(
    payload: PaymentPayload,
    requirements: PaymentRequirements,
    txHash: string | undefined,
    withinMs: number,
  ): SettleCall {
    return {
      body: bodyOf(payload, requirements),
      idempotencyKey: currentAttempt()?.idempotencyKey ?? crypto.randomUUID(),
      network: requirements.network,
      transaction: txHash,
      endMs: Date.now() + (this.#askedLately.has(payload) ? 0 : withinMs),
      timeoutMs: this.#timeoutMs,
      mayBeHeld: txHash !== undefined && this.#holders.has(txHash),
      onMayHold: (facilitator) => {
        if (txHash !== undefined) this.#holders.set(txHash, facilitator);
      },
      statusAt: (facilitator) => this.#statusAt(txHash, facilitator),
      whoElseHolds: (facilitator) => this.#whoElseHolds(txHash, facilitator),
    };
  }

  async #judge(payload: PaymentPayload, requirements: PaymentRequirements, body: string): Promise<Verdict> {
    const endMs = Date.now() + this.#verifyWithinMs;
    const txHash = txHashOf(payload);
    let candidates = this.#candidates(txHash);
    const why = new Set<string>();
    for (let attempt = 0; ; attempt += 1) {
      let retryAfterMs: number | undefined;
      for (const facilitator of candidates) {
        const timeoutMs = this.#shareOf(endMs, candidates);
        const reply = await send(facilitator, '/verify', { body, timeoutMs });
        if (reply.kind !== 'not-sent') retryAfterMs ??= reply.retryAfterMs;
        if (reply.kind !== 'answer') {
          why.add(`${facilitator.url}: ${reply.why}`);
          continue;
        }
        const parsed = verdictSchema.safeParse(reply.body);
        if (!parsed.success || isRetryable(parsed.data)) {
          why.add(
            `${facilitator.url}: ${parsed.data?.invalidMessage ?? `${reply.status} without a verdict`}`,
          );
          // It will not answer otherwise in a moment.
          if (!parsed.success && reply.status < 500 && reply.status !== 429)
            throw new FacilitatorUnavailableError('/verify', why);
          continue;
        }
        const verdict = parsed.data;
        if (verdict.isValid) return verdict;
        if (verdict.invalidReason === 'duplicate_settlement' && currentAttempt()?.isPrivate === true) {
          // Its success was handed out before. If that was to this very attempt, whose answer was lost, we get it again.
          const call = this.#callFor(payload, requirements, txHash, Math.max(0, endMs - Date.now()));
          const outcome = await requestSettlement(call, [facilitator]);
          if (outcome.success) return { isValid: true, payer: outcome.payer };
          if (isOpen(outcome)) {
            why.add(`${facilitator.url}: ${outcome.errorMessage ?? outcome.errorReason}`);
            continue;
          }
        }
        const holder = await this.#whoElseHolds(txHash, facilitator);
        if (holder === undefined) return verdict;
        this.#holders.set(txHash ?? '', holder);
        candidates = [holder];
        break;
      }
      if (!(await pauseBefore(attempt, retryAfterMs, endMs)))
        throw new FacilitatorUnavailableError('/verify', why);
    }
  }

  /** Another facilitator that has accepted the payment, whose outputs a refusal may therefore find spent. */
  async #whoElseHolds(
    txHash: string | undefined,
    asked: FacilitatorAddress,
  ): Promise<FacilitatorAddress | undefined> {
    if (txHash === undefined || this.#holders.get(txHash) === asked) return undefined;
    for (const facilitator of this.#facilitators.filter((each) => each !== asked)) {
      const status = await this.#statusAt(txHash, facilitator);
      if (status === 'pending' || status === 'confirmed') return facilitator;
    }
    return undefined;
  }

  async #statusAt(txHash: string | undefined, facilitator: FacilitatorAddress): Promise<string | undefined> {
    if (txHash === undefined) return undefined;
    const reply = await send(facilitator, `/status/${txHash}`, { timeoutMs: this.#timeoutMs });
    return statusSchema.safeParse(reply.kind === 'answer' ? reply.body : undefined).data?.status;
  }

  async #askSupported(): Promise<SupportedResponse> {
    const endMs = Date.now() + this.#verifyWithinMs;
    const why = new Set<string>();
    for (let attempt = 0; ; attempt += 1) {
      let retryAfterMs: number | undefined;
      for (const facilitator of this.#facilitators) {
        const timeoutMs = this.#shareOf(endMs, this.#facilitators);
        const reply = await send(facilitator, '/supported', { timeoutMs });
        if (reply.kind !== 'not-sent') retryAfterMs ??= reply.retryAfterMs;
        const parsed = supportedSchema.safeParse(reply.kind === 'answer' ? reply.body : undefined);
        if (reply.kind === 'answer' && reply.status === 200 && parsed.success)
          return parsed.data as SupportedResponse;
        why.add(`${facilitator.url}: ${reply.kind === 'answer' ? reply.status : reply.why}`);
      }
      if (!(await pauseBefore(attempt, retryAfterMs, endMs)))
        throw new FacilitatorUnavailableError('/supported', why);
    }
  }
}

/** The same for every attempt, byte for byte. JSON cannot hold every integer. */
function bodyOf(payload: PaymentPayload, paymentRequirements: PaymentRequirements): string {
  const target = currentAttempt()?.target;
  const paymentPayload = target === undefined ? payload : withTarget(payload, target);
  return JSON.stringify(
    { x402Version: payload.x402Version, paymentPayload, paymentRequirements },
    (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value),
  );
}

/**
 * A facilitator binds a payment to the resource that its payload names, and the buyer wrote that. Where it is not what is
 * being bought, the real target is added: else one payment could buy everything of its price.
 */
function withTarget(payload: PaymentPayload, target: string): PaymentPayload {
  const named = payload.resource?.url ?? '';
  if (URL.canParse(named)) {
    const { pathname, search } = new URL(named);
    if (pathname + search === target) return payload;
  }
  const url = `${named}#${encodeURIComponent(target)}`;
  return { ...payload, resource: { ...payload.resource, url } };
}
