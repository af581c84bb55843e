import { randomUUID } from 'node:crypto';
import type { FacilitatorClient, SettleContext, VerifyContext } from '@x402/core/server';
import type { PaymentPayload, PaymentRequirements, SettleResponse } from '@x402/core/types';
import { NETWORKS, type VerificationPolicy } from '@x402-facilitator/cardano';
import { type BuyerFacts, readBuyer } from '@x402-facilitator/cardano/channels';
import { correctionOf, paymentResponse, readView } from './answers.js';
import { AskedFacilitator } from './asked-facilitator.js';
import { CODES } from './codes.js';
import { type ChannelEvent, type ChannelEventCounts, eventSink } from './events.js';
import { answerAgain, answerIn, requestOf } from './kept.js';
import { Leases } from './leases.js';
import { type OpenedRefund, type RefundKeys, Refunds } from './refunds.js';
import { type Passed, type Refused, refused, type Settled } from './refused.js';
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
  readonly keys: RefundKeys | undefined;
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
type Opened = Held | OpenedRefund | { readonly kind: 'answered'; readonly answer: KeptAnswer };

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
  readonly #facilitator: AskedFacilitator;
  readonly #refunds: Refunds;

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
      maxInputs: Number.MAX_SAFE_INTEGER,
    };
    this.#leases = new Leases(options.store, options.leaseMs);
    const { counts, emit } = eventSink(options.onEvent);
    this.counts = counts;
    this.#emit = emit;
    const { store, keys, askAgainMs } = options;
    const facilitator = new AskedFacilitator(options.facilitator, askAgainMs, emit);
    this.#facilitator = facilitator;
    this.#refunds = new Refunds({ store, facilitator, leases: this.#leases, keys, emit });
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

  /** A repeated request and a refund need no handler. */
  afterOpen({ paymentPayload }: VerifyContext) {
    const opened = this.#opened.get(paymentPayload);
    if (opened?.kind === 'answered')
      return { skipHandler: true, response: answerAgain(opened.answer) } as const;
    if (opened?.kind === 'refund') return { skipHandler: true } as const;
    return undefined;
  }

  /** Charges a request that was handled. Durable when it returns. */
  async settle(context: SettleContext): Promise<Refused | Settled> {
    const opened = this.#opened.get(context.paymentPayload);
    this.#opened.delete(context.paymentPayload);
    if (opened === undefined) return refused(CODES.state, 'the payment was not verified by this process');
    if (opened.kind === 'answered') return { skip: true, result: JSON.parse(opened.answer.settlement) };
    try {
      if (opened.kind === 'held') return await this.#settle(opened, context);
      const { payload, paymentRequirements } = mutable(context.paymentPayload, context.requirements);
      return await this.#refunds.settle(opened, payload, paymentRequirements);
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
    if (opened !== undefined && opened.kind !== 'answered') await this.#release(opened);
  }

  async #open({ paymentPayload, requirements, transportContext }: VerifyContext): Promise<Refused | Passed> {
    const { paymentRequirements, payload } = mutable(paymentPayload, requirements);
    const read = await readBuyer({ paymentPayload: payload, paymentRequirements }, this.#policy);
    if (!read.ok) return refused(read.error.code, read.error.message);
    const facts = read.value;
    const { type, voucher, channelConfig } = facts.payload;
    const { channelId, maxClaimableAmount: amount, signature } = voucher;
    if (facts.payload.type === 'refund') {
      const refund = { ...facts, payload: facts.payload };
      const opened = await this.#refunds.open(refund, payload, paymentRequirements);
      if ('abort' in opened) return opened;
      if (opened.kind === 'other-count') return this.#otherCount(paymentPayload, opened.record, amount);
      this.#opened.set(paymentPayload, opened);
      return { skip: true, result: { isValid: true, payer: facts.payer } };
    }
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
      const verified = await this.#facilitator.verify(facts, first.record, payload, paymentRequirements);
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
      case 'ending':
        return refused(CODES.closed, 'the channel is ending by a refund');
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
      deposit = await this.#facilitator.settle(
        mutable(context.paymentPayload, requirements).payload,
        requirements,
      );
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

  async #release(opened: Held | OpenedRefund): Promise<void> {
    if (opened.kind === 'refund') return this.#refunds.release(opened);
    const { channel, holder } = opened.reservation;
    this.#leases.letGo(holder);
    if (opened.isCommitted) return;
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
