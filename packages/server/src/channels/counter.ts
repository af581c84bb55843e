import { randomUUID } from 'node:crypto';
import type { FacilitatorClient, SettleContext, VerifyContext } from '@x402/core/server';
import type { PaymentPayload, PaymentRequirements, SettleResponse, VerifyResponse } from '@x402/core/types';
import { NETWORKS, type VerificationPolicy } from '@x402-facilitator/cardano';
import { type BuyerFacts, readBuyer } from '@x402-facilitator/cardano/channels';
import { LRUCache } from 'lru-cache';
import { correctionOf, paymentResponse, readView } from './answers.js';
import { CODES } from './codes.js';
import { type ChannelEvent, type ChannelEventCounts, eventSink } from './events.js';
import { answerAgain, answerIn, requestOf } from './kept.js';
import { Leases } from './leases.js';
import type { ChannelRecord, ChannelStore, ChannelView, KeptAnswer, Reservation } from './store.js';

/** How far the counter goes. */
export type Limits = {
  /** How long what the ledger showed of a channel is relied on, in milliseconds; a third of the close period, 30 s to 5 min, by default. */
  readonly freshForMs: number;
  /** How long a channel stays taken after its process has died, in milliseconds; 30 000 by default. */
  readonly leaseMs: number;
  /** How long a buyer may ask again for an answer that it never got, in milliseconds; 600 000 by default. */
  readonly keepAnswersMs: number;
  /** The largest answer that is kept, in bytes; 65 536 by default. */
  readonly maxAnswerBytes: number;
  /** How often the facilitator is asked about a promise above a channel’s known balance, in milliseconds; 30 000 by default. */
  readonly askAgainMs: number;
};

type CounterOptions = Limits & {
  readonly facilitator: Pick<FacilitatorClient, 'verify' | 'settle'>;
  readonly store: ChannelStore;
  readonly scriptHash: string;
  readonly onEvent: ((event: ChannelEvent) => void) | undefined;
};

/** A request that has its channel. */
type Held = {
  readonly kind: 'held';
  readonly facts: BuyerFacts;
  /** As they were verified: what is charged may be less. */
  readonly requirements: PaymentRequirements;
  readonly reservation: Reservation;
  readonly record: ChannelRecord;
  /** Once it is, the store has let go by itself. */
  isCommitted: boolean;
};

/** What came of opening a request. */
type Opened = Held | { readonly kind: 'answered'; readonly answer: KeptAnswer };

type Refused = { readonly abort: true; readonly reason: string; readonly message?: string };
type Passed = { readonly skip: true; readonly result: VerifyResponse };
type Settled = { readonly skip: true; readonly result: SettleResponse };

const REMEMBERED = 100_000;
const PENDING = 'settlement_pending';

function refused(reason: string, message: string): Refused {
  return { abort: true, reason, message };
}

/**
 * Takes requests for channels one at a time, charges them, and lets them go. `@x402/core` goes on after a hook that throws, so
 * none of these throws: where the store or the facilitator fails, the request is refused.
 */
export class Counter {
  readonly counts: ChannelEventCounts;
  readonly #options: CounterOptions;
  readonly #policy: VerificationPolicy;
  readonly #leases: Leases;
  readonly #emit: (event: ChannelEvent) => void;
  /** By the payload of one request, which is read anew for each. */
  readonly #opened = new WeakMap<object, Opened>();
  readonly #corrections = new WeakMap<object, Readonly<Record<string, unknown>>>();
  /** Channels about which the facilitator was asked lately. */
  readonly #asked: LRUCache<string, true>;

  constructor(options: CounterOptions) {
    this.#options = options;
    this.#policy = {
      networks: new Set(NETWORKS),
      channelValidators: new Set([options.scriptHash]),
      acceptMempool: true,
      maxTimeoutSeconds: Number.MAX_SAFE_INTEGER,
      // What only transactions are judged by; the facilitator judges those.
      ledger: 'full',
      graceBufferSeconds: 0,
      feeMinLovelace: 0n,
      feeMaxLovelace: 0n,
      maxInputs: 0,
    };
    this.#leases = new Leases(options.store, options.leaseMs);
    this.#asked = new LRUCache({ max: REMEMBERED, ttl: options.askAgainMs });
    const { counts, emit } = eventSink(options.onEvent);
    this.counts = counts;
    this.#emit = emit;
  }

  correctionFor(payload: object): Readonly<Record<string, unknown>> | undefined {
    return this.#corrections.get(payload);
  }

  /** Judges a request and takes its channel. */
  async open(context: VerifyContext): Promise<Refused | Passed> {
    try {
      return await this.#open(context);
    } catch (error) {
      this.#emit({ kind: 'failed', what: 'store', error });
      return refused(CODES.unavailable, 'the seller’s records of channels cannot be read now');
    }
  }

  /** A repeated request needs no handler. */
  afterOpen({ paymentPayload }: VerifyContext) {
    const opened = this.#opened.get(paymentPayload);
    if (opened?.kind === 'answered')
      return { skipHandler: true, response: answerAgain(opened.answer) } as const;
    return undefined;
  }

  /** Charges a request that was handled. Durable when it returns. */
  async settle(context: SettleContext): Promise<Refused | Settled> {
    const opened = this.#opened.get(context.paymentPayload);
    this.#opened.delete(context.paymentPayload);
    if (opened === undefined) return refused(CODES.state, 'the payment was not verified by this process');
    if (opened.kind === 'answered') return { skip: true, result: JSON.parse(opened.answer.settlement) };
    try {
      return await this.#settle(opened, context);
    } catch (error) {
      this.#emit({ kind: 'failed', what: 'store', error });
      return refused(CODES.unavailable, 'the payment could not be recorded; show it again');
    } finally {
      await this.#release(opened);
    }
  }

  /** Lets go of a request whose handler failed. */
  async cancel({ paymentPayload }: SettleContext): Promise<void> {
    const opened = this.#opened.get(paymentPayload);
    this.#opened.delete(paymentPayload);
    if (opened?.kind === 'held') await this.#release(opened);
  }

  async #open({ paymentPayload, requirements, transportContext }: VerifyContext): Promise<Refused | Passed> {
    const { paymentRequirements, payload } = mutable(paymentPayload, requirements);
    const read = await readBuyer({ paymentPayload: payload, paymentRequirements }, this.#policy);
    if (!read.ok) return refused(read.error.code, read.error.message);
    const facts = read.value;
    const { type, voucher, channelConfig } = facts.payload;
    const { channelId, maxClaimableAmount: amount, signature } = voucher;
    if (type === 'refund')
      return refused(
        CODES.refund,
        'this seller signs no refunds; close the channel, and take the rest from it',
      );
    const base = amount - facts.amount;
    const isOpening = type === 'deposit' && voucher.channelRef === undefined;
    if (base < 0n || (isOpening && base !== 0n)) {
      const record = await this.#options.store.read(channelId);
      return this.#otherCount(paymentPayload, record, base);
    }
    const { network, scriptHash } = facts;
    const asked: Reservation = {
      channel: { channelId, network, scriptHash, config: channelConfig },
      iou: { amount, signature },
      base,
      holder: randomUUID(),
      leaseMs: this.#options.leaseMs,
      // A transaction is for the facilitator to judge, however well the channel is known.
      freshForMs: type === 'voucher' ? this.#options.freshForMs : 0,
    };
    const first = await this.#options.store.reserve(asked);
    let said = first;
    if (first.kind === 'ask-facilitator') {
      const verified = await this.#verify(facts, first.record, payload, paymentRequirements);
      if ('abort' in verified) return verified;
      said = await this.#options.store.reserve({ ...asked, view: verified });
    }
    switch (said.kind) {
      case 'reserved': {
        const { record, restored } = said;
        if (restored > 0n) this.#emit({ kind: 'restored', channelId, amount: restored });
        this.#leases.hold(asked.holder, channelId, facts.maxTimeoutSeconds * 1000);
        const held: Held = {
          kind: 'held',
          facts,
          requirements: paymentRequirements,
          reservation: asked,
          record,
          isCommitted: false,
        };
        this.#opened.set(paymentPayload, held);
        return { skip: true, result: { isValid: true, payer: facts.payer } };
      }
      case 'answered': {
        const { answer, record } = said;
        if (answer.request !== requestOf(transportContext))
          return this.#otherCount(paymentPayload, record, base);
        this.#opened.set(paymentPayload, { kind: 'answered', answer });
        return { skip: true, result: { isValid: true, payer: facts.payer } };
      }
      case 'other-count':
        return this.#otherCount(paymentPayload, said.record, base);
      case 'busy':
        return refused(CODES.busy, 'another request has the channel; show this one again when it has ended');
      case 'ask-facilitator':
        return refused(CODES.unavailable, 'the channel has changed meanwhile; show the payment again');
    }
  }

  #otherCount(payload: object, record: ChannelRecord | undefined, base: bigint): Refused {
    if (record === undefined)
      return refused(
        CODES.otherCount,
        `expected a promise of the price on a count from 0, found one on ${base}`,
      );
    const { channelId, charged } = record;
    if (base > charged) this.#emit({ kind: 'buyer-ahead', channelId, promised: base, charged });
    this.#corrections.set(payload, correctionOf(record));
    return refused(
      CODES.otherCount,
      `expected a promise of the price on a count of ${charged}, found one on ${base}`,
    );
  }

  /** Asks the facilitator, from where the channel was last seen. */
  async #verify(
    facts: BuyerFacts,
    record: ChannelRecord | undefined,
    payload: PaymentPayload,
    requirements: PaymentRequirements,
  ): Promise<ChannelView | Refused> {
    const { type, voucher } = facts.payload;
    const { channelId, maxClaimableAmount } = voucher;
    if (type === 'voucher' && record !== undefined && this.#asked.has(channelId)) {
      if (record.withdrawRequestedAt !== 0) return refused(CODES.closed, 'the channel is closed');
      if (maxClaimableAmount > record.balance)
        return refused(
          CODES.aboveBalance,
          `expected a promise up to ${record.balance}, found ${maxClaimableAmount}`,
        );
    }
    // After a deposit the balance may be another one, also where its answer is lost.
    if (type === 'voucher') this.#asked.set(channelId, true);
    else this.#asked.delete(channelId);
    const known = type === 'voucher' ? record?.channelRef : undefined;
    const isElsewhere = known !== undefined && known !== '' && known !== refIn(payload);
    try {
      let verified = await this.#options.facilitator.verify(
        isElsewhere ? withRef(payload, known) : payload,
        requirements,
      );
      if (isElsewhere && verified.invalidReason === CODES.notFound)
        verified = await this.#options.facilitator.verify(payload, requirements);
      if (!verified.isValid)
        return refused(
          verified.invalidReason ?? CODES.state,
          verified.invalidMessage ?? 'the facilitator refuses it',
        );
      const view = readView(verified.extra, channelId);
      return view ?? refused(CODES.unavailable, 'the facilitator does not say what the channel is');
    } catch (error) {
      this.#emit({ kind: 'failed', what: 'facilitator', error });
      return refused(CODES.unavailable, 'the facilitator cannot be asked now');
    }
  }

  async #settle(held: Held, context: SettleContext): Promise<Refused | Settled> {
    const { facts, requirements, reservation, record } = held;
    const { payload, payer } = facts;
    const charge = BigInt(context.requirements.amount);
    if (charge < 0n || charge > facts.amount)
      return refused(CODES.aboveSigned, `expected a charge up to ${facts.amount}, found ${charge}`);
    const { base, iou, holder } = reservation;
    const { channelId } = record;
    let deposit: SettleResponse | undefined;
    let view: ChannelView | undefined;
    if (payload.type === 'deposit') {
      deposit = await this.#send(mutable(context.paymentPayload, requirements).payload, requirements);
      if (!deposit.success) return { skip: true, result: deposit };
      view = readView(deposit.extra?.channelState, channelId);
    }
    const served = { ...record, ...view, charged: base + charge };
    const response = (of: ChannelRecord) =>
      paymentResponse({ requirements, payer, record: of, promised: iou.amount, charge, deposit });
    // Nothing is owed, so nothing is kept: the same promise pays for the next request.
    if (charge === 0n) return { skip: true, result: response(served) };
    const found = answerIn(context.transportContext, this.#options.maxAnswerBytes);
    const kept = found && { ...found, charge, settlement: JSON.stringify(response(served)) };
    const committed = await this.#options.store.commit({
      channelId,
      holder,
      charged: base + charge,
      view,
      answer: kept && { kept, keepForMs: this.#options.keepAnswersMs },
    });
    held.isCommitted = committed.kind === 'committed';
    if (committed.kind === 'committed') return { skip: true, result: response(committed.record) };
    this.#emit({ kind: 'lease-lost', channelId });
    return refused(CODES.busy, 'the request took too long, and another one has the channel; show it again');
  }

  /** Settles with the facilitator; what is pending is asked for once more, as `@x402/core` does. */
  async #send(payload: PaymentPayload, requirements: PaymentRequirements): Promise<SettleResponse> {
    const { facilitator } = this.#options;
    try {
      const result = await facilitator.settle(payload, requirements);
      const isPending = !result.success && result.errorReason === PENDING;
      return isPending ? await facilitator.settle(payload, requirements) : result;
    } catch (error) {
      this.#emit({ kind: 'failed', what: 'facilitator', error });
      const errorMessage = 'the facilitator cannot be asked now; show the payment again';
      const { network } = requirements;
      return { success: false, errorReason: CODES.unavailable, errorMessage, transaction: '', network };
    }
  }

  async #release({ reservation: { channel, holder }, isCommitted }: Held): Promise<void> {
    this.#leases.letGo(holder);
    if (isCommitted) return;
    // What cannot be released now ends with its lease.
    await this.#options.store.release(channel.channelId, holder).catch(() => undefined);
  }
}

/** The hooks’ own types forbid what nothing here does. */
function mutable(
  paymentPayload: VerifyContext['paymentPayload'],
  requirements: VerifyContext['requirements'],
) {
  return {
    payload: paymentPayload as PaymentPayload,
    paymentRequirements: requirements as PaymentRequirements,
  };
}

const voucherIn = ({ payload }: PaymentPayload) => payload.voucher as Readonly<Record<string, unknown>>;
const refIn = (payload: PaymentPayload) => voucherIn(payload).channelRef;

function withRef(payload: PaymentPayload, channelRef: string): PaymentPayload {
  return { ...payload, payload: { ...payload.payload, voucher: { ...voucherIn(payload), channelRef } } };
}
