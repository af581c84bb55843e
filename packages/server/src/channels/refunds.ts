import { randomUUID } from 'node:crypto';
import type { PaymentPayload, PaymentRequirements } from '@x402/core/types';
import { type BuyerFacts, judgeRefund, writeProviderWitness } from '@x402-facilitator/cardano/channels';
import { blake2b224, fromHex, slotStartMs, timelineOf, toHex } from '@x402-facilitator/cardano/ledger';
import { txHashOf } from '../payment/index.js';
import type { AskedFacilitator } from './asked-facilitator.js';
import { CODES } from './codes.js';
import type { ChannelEvent } from './events.js';
import type { Leases } from './leases.js';
import { type Refused, refused, type Settled } from './refused.js';
import type { ChannelRecord, ChannelStore, Reservation, SignedRefund } from './store.js';
import { termsOf } from './text.js';

/** The seller’s key that redeems, `receiverAuthorizer`. `keysOf` of the client’s package makes them. */
export type RefundKeys = {
  /**
   * Signs a whole transaction.
   *
   * @param transactionId its id, 32 bytes.
   */
  sign(
    transaction: Uint8Array,
    transactionId: Uint8Array,
  ): Promise<readonly { readonly publicKey: Uint8Array; readonly signature: Uint8Array }[]>;
};

type RefundFacts = BuyerFacts<Extract<BuyerFacts['payload'], { readonly type: 'refund' }>>;

/** A refund that may be signed. */
export type OpenedRefund = {
  readonly kind: 'refund';
  readonly facts: RefundFacts;
  readonly refund: SignedRefund;
  /** Who has the channel for it. `undefined` for one that was signed before: the channel is its own already. */
  readonly holder: string | undefined;
};

/** The seller’s count is another one. */
type OtherCount = { readonly kind: 'other-count'; readonly record: ChannelRecord };

type RefundsOptions = {
  readonly store: ChannelStore;
  readonly facilitator: AskedFacilitator;
  readonly leases: Leases;
  readonly keys: RefundKeys | undefined;
  readonly emit: (event: ChannelEvent) => void;
};

/** How much later than its TTL a refund counts as impossible: the chain is seen late. */
const SEEN_LATE_MS = 600_000;

/**
 * Signs refunds: the seller’s half of ending a channel together. The signature leaves only after the store has written down that the
 * channel is ending, so nothing is served that the refund does not pay.
 */
export class Refunds {
  readonly #options: RefundsOptions;

  constructor(options: RefundsOptions) {
    this.#options = options;
  }

  /** Judges a refund, and takes its channel. */
  async open(
    facts: RefundFacts,
    payload: PaymentPayload,
    requirements: PaymentRequirements,
  ): Promise<OpenedRefund | OtherCount | Refused> {
    const { store, facilitator, leases, keys } = this.#options;
    if (keys === undefined)
      return refused(
        CODES.refund,
        'this seller signs no refunds; close the channel, and take the rest from it',
      );
    const { network, scriptHash } = facts;
    const { voucher, channelConfig: config } = facts.payload;
    const { channelId, maxClaimableAmount: amount, signature } = voucher;
    const channel = { channelId, network, scriptHash, config };
    const known = await store.read(channelId);
    const isKnown = known !== undefined && termsOf(known) === termsOf(channel);
    if (isKnown && known.refund !== undefined && known.refund.txHash === txHashOf(payload))
      return { kind: 'refund', facts, refund: known.refund, holder: undefined };
    const { leaseMs } = leases;
    const holder = randomUUID();
    const asked: Reservation = {
      ...{ channel, holder, leaseMs, base: amount, iou: { amount, signature } },
      freshForMs: 0,
      isRefund: true,
    };
    let said = await store.reserve(asked);
    if (said.kind === 'ask-facilitator') {
      const view = await facilitator.verify(facts, said.record, payload, requirements);
      if ('abort' in view) return view;
      said = await store.reserve({ ...asked, view });
    }
    switch (said.kind) {
      case 'reserved': {
        const { record, restored } = said;
        if (restored > 0n) this.#options.emit({ kind: 'restored', channelId, amount: restored });
        const judged = judgeRefund(facts, record);
        if (!judged.ok) {
          await store.release(channelId, holder);
          return refused(judged.error.code, judged.error.message);
        }
        leases.hold(holder, channelId, facts.maxTimeoutSeconds * 1000);
        const { id: txHash, ttl } = judged.value;
        const untilMs = ttl === undefined ? 0 : slotStartMs(timelineOf(network), ttl) + SEEN_LATE_MS;
        return { kind: 'refund', facts, holder, refund: { txHash, channelRef: record.channelRef, untilMs } };
      }
      case 'other-count':
        return said;
      case 'busy':
        return refused(CODES.busy, 'a request has the channel; show the refund again when it has ended');
      case 'ending':
        return refused(CODES.closed, 'the channel has ended');
      case 'answered':
      case 'ask-facilitator':
        return refused(CODES.unavailable, 'the channel has changed meanwhile; show the refund again');
    }
  }

  /** Signs a refund, and has it settled. */
  async settle(
    { facts, refund, holder }: OpenedRefund,
    payload: PaymentPayload,
    requirements: PaymentRequirements,
  ): Promise<Refused | Settled> {
    const { store, facilitator, emit } = this.#options;
    const { channelId } = facts.payload.voucher;
    if (refund.settlement !== undefined) return { skip: true, result: JSON.parse(refund.settlement) };
    const providerWitness = await this.#sign(facts, refund.txHash);
    if (providerWitness === undefined)
      return refused(CODES.unavailable, 'the seller cannot sign now; show the refund again');
    if (holder !== undefined && !(await store.end(channelId, holder, refund))) {
      emit({ kind: 'lease-lost', channelId });
      return refused(CODES.busy, 'another request has the channel; show the refund again');
    }
    const signed = { ...payload, payload: { ...payload.payload, providerWitness } };
    const result = await facilitator.settle(signed, requirements);
    if (result.success && result.transaction === refund.txHash)
      // Where it cannot be written, the channel is still ending, and the facilitator says it again.
      await store
        .ended(channelId, refund.txHash, JSON.stringify(result))
        .catch((error: unknown) => emit({ kind: 'failed', what: 'store', error }));
    return { skip: true, result };
  }

  /** Lets go of the channel, if it is not ending by then. */
  async release({ facts, holder }: OpenedRefund): Promise<void> {
    if (holder === undefined) return;
    const { store, leases } = this.#options;
    leases.letGo(holder);
    await store.release(facts.payload.voucher.channelId, holder).catch(() => undefined);
  }

  /** `undefined` where the key cannot be had now. */
  async #sign({ payload, receiverAuthorizer }: RefundFacts, txHash: string): Promise<string | undefined> {
    const { keys, emit } = this.#options;
    try {
      const bytes = new Uint8Array(Buffer.from(payload.transaction, 'base64'));
      const witnesses = (await keys?.sign(bytes, fromHex(txHash) ?? new Uint8Array())) ?? [];
      const own = witnesses.find(({ publicKey }) => toHex(blake2b224(publicKey)) === receiverAuthorizer);
      if (own === undefined) throw new Error(`expected a signature by ${receiverAuthorizer}, found none`);
      return writeProviderWitness(own.publicKey, own.signature);
    } catch (error) {
      emit({ kind: 'failed', what: 'key', error });
      return undefined;
    }
  }
}
