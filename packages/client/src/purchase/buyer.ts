import type { OutRefKey } from '@x402-facilitator/cardano/ledger';
import type { CardanoWallet, SignedPayment, SpendLimits } from '../payment/index.js';
import { within } from '../within.js';
import { type Answer, readAnswer, requiredIn } from './answer.js';
import { type Fate, fateOf } from './fate.js';
import { makePayment } from './make-payment.js';
import { type PurchaseRecord, signedPaymentOf } from './record.js';
import { type Repeatable, repeatable } from './request.js';
import { type Shown, showPayment } from './show-payment.js';
import { newPurchaseId, type SigningOptions } from './sign-purchase.js';
import type { BuyingStep } from './steps.js';
import { memoryStore, type PurchaseStore } from './store.js';

/** What became of a purchase. */
export type Outcome =
  /** It cost nothing. */
  | 'free'
  | 'delivered'
  /** The seller refused the payment. It may still be on the ledger until its TTL, and is counted until then. */
  | 'refused'
  /** The payment is on the ledger, and the seller has not delivered. Buy again to show it again. */
  | 'undelivered'
  /** Nothing is decided. Buy again to show the same payment again. */
  | 'open';

/** The answer to a request, and what was paid for it. */
export type Bought = Answer & {
  readonly outcome: Outcome;
  /** The signed payment, if one was asked for. */
  readonly payment: SignedPayment | undefined;
  /** The record in the store. */
  readonly purchaseId: string | undefined;
};

/** What a buyer is made with. */
export type BuyerOptions = {
  readonly wallet: CardanoWallet;
  /** What may leave the wallet, held against finished transactions. */
  readonly limits: SpendLimits;
  /** Where purchases are kept. Default: memory. `fileStore` of `./node` survives a restart. */
  readonly store?: PurchaseStore | undefined;
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** How long a call shows a payment again before it gives up for now. Default: 5 minutes. */
  readonly patienceMs?: number | undefined;
  /** How often it does so at most. Default: as often as `patienceMs` allows. */
  readonly maxRetries?: number | undefined;
  /** How long one answer may take. Default: 2 minutes. */
  readonly requestTimeoutMs?: number | undefined;
  /** How long a sponsor may take to answer. */
  readonly sponsorTimeoutMs?: number | undefined;
  /** How it waits between two attempts. */
  readonly sleep?: ((ms: number) => Promise<void>) | undefined;
  /** The clock, in POSIX milliseconds. */
  readonly now?: (() => number) | undefined;
};

/** Buys with a wallet, within limits. */
export type Buyer = {
  readonly wallet: CardanoWallet;
  readonly store: PurchaseStore;
  /**
   * Requests a resource and pays for it if asked to. The payment is signed once: while an answer is unclear, the same
   * one is shown again, also by a later call for the same request, until the resource comes. Another one is signed only
   * when the chain shows that the first can no longer be included.
   *
   * @throws RefusedPaymentError when the payment would take more than the price explains or the limits allow.
   * @throws PurchaseOpenError when the payment was sent and no answer came at all.
   * @throws Error when the wallet cannot pay, or the server cannot be reached.
   */
  buy(url: string | URL, init?: RequestInit, onStep?: (step: BuyingStep) => void): Promise<Bought>;
  /**
   * Gives up a purchase that was paid and is not delivered, so that the next call for the same request buys anew.
   *
   * @throws Error when it is under way, or its payment is not on the ledger: then nothing is lost yet, and `buy` goes on.
   */
  abandon(purchaseId: string): Promise<void>;
};

/** The payment was sent, and no answer came. The same call later shows it again. */
export class PurchaseOpenError extends Error {
  override readonly name = 'PurchaseOpenError';
  readonly purchaseId: string;
  readonly transactionId: string;

  constructor({ id, payment }: PurchaseRecord, options: ErrorOptions) {
    super(
      `no answer to the payment ${payment.transactionId}: buy again to show the same payment again`,
      options,
    );
    this.purchaseId = id;
    this.transactionId = payment.transactionId;
  }
}

const DEFAULT_PATIENCE_MS = 300_000;
const DEFAULT_REQUEST_TIMEOUT_MS = 120_000;
/** So many payments may be signed in one call, each after the one before has become impossible. */
const MAX_SIGNATURES = 3;

/**
 * Makes a buyer from a wallet.
 *
 * @example
 * const buyer = createBuyer({ wallet, limits: { lovelace: { perPayment: 2_000_000n, perDay: 20_000_000n } } });
 * const { outcome, body } = await buyer.buy('https://shop.example/report');
 */
export function createBuyer(options: BuyerOptions): Buyer {
  const { wallet, limits, store = memoryStore(), now = Date.now, sponsorTimeoutMs } = options;
  const fetch = options.fetch ?? globalThis.fetch;
  const signing: SigningOptions = { wallet, limits, store, now, fetch, sponsorTimeoutMs };
  const requestTimeoutMs = options.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS;
  const showing = {
    fetch,
    now,
    requestTimeoutMs,
    sleep: options.sleep ?? ((ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))),
    patienceMs: options.patienceMs ?? DEFAULT_PATIENCE_MS,
    maxRetries: options.maxRetries ?? Number.POSITIVE_INFINITY,
    fateOf: (record: PurchaseRecord) => fateOf(record, wallet.chain, now()),
  };

  /** Takes a purchase that is not finished and that no other call works on. */
  const takeUnfinished = async (id: string): Promise<PurchaseRecord | undefined> => {
    if (!(await store.take(id))) return undefined;
    // It may have been finished just before it was taken.
    const record = (await store.list()).find((each) => each.id === id);
    if (record !== undefined && isUnfinished(record)) return record;
    await store.leave(id);
    return undefined;
  };

  const save = async (record: PurchaseRecord, state: PurchaseRecord['state']): Promise<void> => {
    if (record.state !== state) await store.save({ ...record, state });
  };

  /** Shows a payment until something is decided, and records that. */
  const show = async (
    record: PurchaseRecord,
    request: Repeatable,
    onStep: (step: BuyingStep) => void,
  ): Promise<Shown> => {
    const shown = await showPayment(record, request, { ...showing, onStep });
    if (shown.kind === 'delivered') await save(record, 'delivered');
    if (shown.kind === 'impossible') await save(record, 'void');
    if (shown.kind === 'refused') {
      await save(record, 'refused');
      wallet.release(record.payment);
    }
    return shown;
  };

  /** The unfinished purchases of the same thing, as the chain now has them. Every one of them counts, or two could be paid. */
  const earlierPurchase = async (what: string): Promise<Earlier> => {
    const records = (await store.list()).filter((record) => record.what === what && isUnfinished(record));
    const inputs = new Set<OutRefKey>();
    for (const { id } of [...records.filter(isOpen), ...records.filter((record) => !isOpen(record))]) {
      const record = await takeUnfinished(id);
      if (record === undefined) continue;
      // What was never shown to anyone cannot be on the ledger. Without an answer of the chain it may be.
      const fate =
        record.signature === null ? 'impossible' : await showing.fateOf(record).catch((): Fate => 'possible');
      if (fate === 'included' || (fate === 'possible' && isOpen(record))) return { kind: 'resume', record };
      if (fate === 'impossible') await save(record, 'void');
      else
        for (const input of record.payment.inputs) if (input !== record.payment.lentInput) inputs.add(input);
      await store.leave(id);
    }
    return inputs.size === 0 ? { kind: 'none' } : { kind: 'exclude', inputs };
  };

  /** Asks for the resource and signs a payment, which this call then has for itself. */
  const signNew = async (
    request: Repeatable,
    earlier: Earlier,
    onStep: (step: BuyingStep) => void,
  ): Promise<PurchaseRecord | Answer> => {
    const ask = async (signal: AbortSignal) => {
      const response = await fetch(request.url, { ...request.init, signal });
      return { response, unpaid: await readAnswer(response, signal) };
    };
    const { response, unpaid } = await within(requestTimeoutMs, ask, request.init.signal);
    const required = unpaid.status === 402 ? requiredIn(unpaid) : undefined;
    if (required === undefined) return unpaid;
    const id = newPurchaseId();
    await store.take(id);
    try {
      const record = await makePayment(signing, required, {
        id,
        what: request.what,
        url: response.url === '' ? request.url : response.url,
        body: request.body,
        mustSpend: earlier.kind === 'exclude' ? earlier.inputs : undefined,
        onPrice: (price) => onStep({ kind: 'payment-required', price }),
      });
      onStep({ kind: 'signed', payment: signedPaymentOf(record) });
      return record;
    } catch (error) {
      await store.leave(id);
      throw error;
    }
  };

  return {
    wallet,
    store,
    async buy(target, init, onStep = () => undefined) {
      const request = repeatable(target, init);
      let earlier = await earlierPurchase(request.what);
      for (let signatures = 1; ; signatures += 1) {
        if (earlier.kind === 'resume') onStep({ kind: 'resumed', payment: signedPaymentOf(earlier.record) });
        const record = earlier.kind === 'resume' ? earlier.record : await signNew(request, earlier, onStep);
        if ('status' in record)
          return { ...record, outcome: 'free', payment: undefined, purchaseId: undefined };
        try {
          const shown = await show(record, { ...request, url: record.url ?? request.url }, onStep);
          if (shown.kind === 'impossible' && signatures < MAX_SIGNATURES) {
            onStep({ kind: 'void', transaction: record.payment.transactionId });
            earlier = { kind: 'none' };
            continue;
          }
          if (shown.answer === undefined) throw new PurchaseOpenError(record, { cause: shown.cause });
          const payment = signedPaymentOf(record);
          return { ...shown.answer, outcome: OUTCOMES[shown.kind], payment, purchaseId: record.id };
        } finally {
          await store.leave(record.id);
        }
      }
    },
    async abandon(purchaseId) {
      const record = await takeUnfinished(purchaseId);
      if (record === undefined)
        throw new Error(`expected an unfinished purchase that no call works on, found none: ${purchaseId}`);
      try {
        const fate = await showing.fateOf(record);
        if (fate !== 'included')
          throw new Error(`expected a payment on the ledger, found that it is ${fate}: buy again to go on`);
        await save(record, 'abandoned');
      } finally {
        await store.leave(purchaseId);
      }
    },
  };
}

const isOpen = ({ state }: PurchaseRecord) => state === 'open';
const isUnfinished = ({ state }: PurchaseRecord) => state === 'open' || state === 'refused';

/** What a new purchase finds of earlier ones. */
type Earlier =
  | { readonly kind: 'none' }
  | { readonly kind: 'resume'; readonly record: PurchaseRecord }
  /** They were refused, and may still be on the ledger: the next payment must spend their inputs, so that only one of them can be. */
  | { readonly kind: 'exclude'; readonly inputs: ReadonlySet<OutRefKey> };

const OUTCOMES: Readonly<Record<Shown['kind'], Outcome>> = {
  delivered: 'delivered',
  refused: 'refused',
  included: 'undelivered',
  impossible: 'open',
  undecided: 'open',
};
