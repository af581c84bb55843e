import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodePaymentResponseHeader } from '@x402/core/http';
import type { SettleResponse } from '@x402/core/types';
import { pageAsset } from '../page-visit/index.js';
import {
  offerDelivery,
  readPurchaseCookie,
  readShownPayment,
  runAttempt,
  type ShownPayment,
} from '../payment/index.js';
import { createMemoryStore } from './memory-store.js';
import {
  headerOf,
  jsonAnswer,
  paymentResultOf,
  type RecordedAnswer,
  tellToComeBack,
} from './recorded-answer.js';
import type { DeliveryStore, Purchase } from './store.js';

/** Where answers are kept, and up to which size. */
export type DeliveryOptions = {
  /** In memory by default, which is for one process. `createRedisStore` is for many. */
  readonly store?: DeliveryStore;
  /** The largest answer that is kept, in bytes; 1 MiB by default. A larger one is made again when it is asked for again. */
  readonly maxAnswerBytes?: number;
  /** How long a request waits for another one that runs with the same payment, in milliseconds; 60 000 by default. */
  readonly waitMs?: number;
  /** Is told what went wrong in the store. The request goes on. */
  readonly onError?: (error: unknown) => void;
};

/** A request as delivery sees it. */
export type PaidRequest = {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** The value of `PAYMENT-SIGNATURE`. */
  readonly payment: string | undefined;
  /** The value of `Cookie`. */
  readonly cookie: string | undefined;
};

/** One request that may run the handler. */
export type DeliveryAttempt = {
  /** What the handler made before, for the same payment. Undefined: run it. */
  readonly made: RecordedAnswer | undefined;
  /** Calls what may verify or settle the payment. */
  run<T>(act: () => T): T;
  /** Keeps what the handler made, before the payment is settled. */
  keepMade(made: RecordedAnswer): Promise<void>;
  /** Keeps the answer if the payment is settled, and lets go. Give the buyer what it returns. */
  finish(answer: RecordedAnswer): Promise<RecordedAnswer>;
  /** Lets go of an attempt that ended without an answer that could be kept. */
  abandon(): Promise<void>;
};

export type Delivered =
  /** No payment: the request goes on by itself. */
  | { readonly kind: 'unpaid' }
  /** Give the buyer this. */
  | { readonly kind: 'answer'; readonly answer: RecordedAnswer }
  | { readonly kind: 'attempt'; readonly attempt: DeliveryAttempt };

const MAX_ANSWER_BYTES = 1_048_576;
const WAIT_MS = 60_000;
const LEASE_MS = 10_000;
const POLL_MS = 50;

/**
 * Runs a handler once per payment, and gives the same answer when the same payment is shown again.
 *
 * @example
 * const delivery = new Delivery();
 * app.use(deliverOnce(delivery, paymentMiddleware(routes, server)));
 */
export class Delivery {
  readonly maxAnswerBytes: number;
  readonly #store: DeliveryStore;
  readonly #waitMs: number;
  readonly #onError: (error: unknown) => void;

  constructor({ store, maxAnswerBytes, waitMs, onError }: DeliveryOptions = {}) {
    this.#store = store ?? createMemoryStore();
    this.maxAnswerBytes = maxAnswerBytes ?? MAX_ANSWER_BYTES;
    this.#waitMs = waitMs ?? WAIT_MS;
    this.#onError = onError ?? (() => undefined);
  }

  /** Makes the payments that answer a 402 private to their buyers. `header` is the value of `PAYMENT-REQUIRED`. */
  offer(header: string): string {
    return offerDelivery(header);
  }

  /** Tells the buyer more than the middleware does: `offer` with a 402, and to come back while a payment is on its way. */
  complete(answer: RecordedAnswer): RecordedAnswer {
    const result = paymentResultOf(answer);
    if (result.kind === 'open') return tellToComeBack(answer, result);
    const required = headerOf(answer, 'payment-required');
    if (required === undefined) return answer;
    const headers = answer.headers.filter(([name]) => name.toLowerCase() !== 'payment-required');
    return { ...answer, headers: [...headers, ['PAYMENT-REQUIRED', this.offer(required)]] };
  }

  /**
   * What to do with a request. Waits while another one runs with the same payment. Without its store no handler runs, because it
   * could run twice.
   */
  async open(request: PaidRequest): Promise<Delivered> {
    const asset = pageAsset(request);
    if (asset !== undefined) return { kind: 'answer', answer: asset };
    if (request.payment === undefined) return this.#openAgain(request);
    const payment = readShownPayment(request.payment);
    if (payment === undefined) return { kind: 'unpaid' };
    const purchase = purchaseOf(payment, request);
    const holder = randomUUID();
    for (const endMs = Date.now() + this.#waitMs; ; await sleep(POLL_MS)) {
      const opened = await this.#store.open(purchase, holder, LEASE_MS).catch((error: unknown) => {
        this.#onError(error);
        return { kind: 'no-store' } as const;
      });
      switch (opened.kind) {
        case 'mine':
          return {
            kind: 'attempt',
            attempt: this.#attempt(payment, purchase, request.url, holder, opened.made),
          };
        case 'answered':
          return payment.isPrivate
            ? { kind: 'answer', answer: opened.answer }
            : refused(
                payment,
                402,
                'duplicate_settlement',
                'this payment was answered. It names neither its purchase (payment-identifier) nor the token of its 402 (delivery), so anyone who reads the chain could show it',
              );
        case 'other-purchase':
          return refused(payment, 402, 'duplicate_settlement', 'this transaction pays for another purchase');
        case 'other-payment':
          return refused(
            payment,
            409,
            'payment_identifier_reused',
            'another payment was made under this payment-identifier: show that one again',
          );
        case 'running':
          if (Date.now() < endMs) continue;
          return comeBack('payment_in_progress', 'another request runs with this payment', payment.txHash);
        case 'no-store':
          return comeBack('delivery_unavailable', 'the answers cannot be read now', payment.txHash);
      }
    }
  }

  /** A person's browser cannot send a payment when it opens a page, so the paywall page leaves the purchase's name in a cookie. */
  async #openAgain(request: PaidRequest): Promise<Delivered> {
    const named = readPurchaseCookie(request.cookie);
    if (named === undefined) return { kind: 'unpaid' };
    const answer = await this.#store.find(purchaseOf(named, request)).catch(this.#onError);
    return answer ? { kind: 'answer', answer } : { kind: 'unpaid' };
  }

  #attempt(
    { isPrivate }: ShownPayment,
    purchase: Purchase,
    target: string,
    holder: string,
    made: RecordedAnswer | undefined,
  ): DeliveryAttempt {
    const store = this.#store;
    // What has been made is paid for or may be: a lost copy costs a second run of the handler, nothing else.
    const quietly = (act: Promise<void>) => act.catch(this.#onError);
    const renewal = setInterval(() => void quietly(store.renew(purchase, holder, LEASE_MS)), LEASE_MS / 3);
    renewal.unref();
    let isMade = made !== undefined;
    let unavailable: Error | undefined;
    const onUnavailable = (error: Error) => {
      unavailable = error;
    };
    const letGo = async (act: Promise<void>) => {
      clearInterval(renewal);
      await quietly(act);
    };
    // The facilitator gives a success again to the key that had it: a stranger must not come by the same one.
    const idempotencyKey = isPrivate ? purchase.digest : holder;
    const isKept = ({ body }: RecordedAnswer) => body.length <= this.maxAnswerBytes;
    return {
      made,
      run: (act) => runAttempt({ idempotencyKey, isPrivate, target, onUnavailable }, act),
      async keepMade(answer) {
        if (!isKept(answer)) return;
        isMade = true;
        await quietly(store.keepMade(purchase, holder, answer));
      },
      finish: async (told) => {
        // A middleware on another copy of `@x402/core` than this package does not know the error, and tells it as a refusal.
        const answer =
          unavailable !== undefined && paymentResultOf(told).kind === 'refused'
            ? jsonAnswer(502, { error: unavailable.message })
            : told;
        const { kind } = paymentResultOf(answer);
        // A good answer without a receipt was free: it has nothing to do with the payment.
        const isForgotten = kind === 'refused' || (kind === 'none' && (!isMade || answer.status < 400));
        await letGo(
          kind === 'settled' && isKept(answer)
            ? store.keepAnswer(purchase, holder, answer)
            : store.release(purchase, holder, isForgotten),
        );
        return this.complete(answer);
      },
      abandon: () => letGo(store.release(purchase, holder, !isMade)),
    };
  }
}

function purchaseOf(
  { txHash, digest, identifier }: Pick<ShownPayment, 'txHash' | 'digest' | 'identifier'>,
  { method, url }: PaidRequest,
): Purchase {
  const bought = createHash('sha256').update(JSON.stringify([digest, method, url]));
  return { txHash, digest: bought.digest('hex'), identifier };
}

/** A refusal in the body, and for clients of x402 in their header. */
function refused(
  { txHash: transaction, network }: ShownPayment,
  status: 402 | 409,
  error: string,
  message: string,
): Delivered {
  const response = { success: false, errorReason: error, transaction, network } as SettleResponse;
  const headers = [
    ['cache-control', 'no-store'],
    ['PAYMENT-RESPONSE', encodePaymentResponseHeader(response)],
  ] as const;
  return { kind: 'answer', answer: jsonAnswer(status, { error, message }, headers) };
}

function comeBack(error: string, because: string, transaction: string): Delivered {
  const message = `${because}. Do not pay again: repeat the request with the same PAYMENT-SIGNATURE header in a moment`;
  return {
    kind: 'answer',
    answer: jsonAnswer(503, { error, message, transaction }, [['retry-after', '5']]),
  };
}
