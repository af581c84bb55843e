import { setTimeout as sleep } from 'node:timers/promises';
import type { Network, TxHash } from '@x402-facilitator/cardano';
import { networkIdOf } from '@x402-facilitator/cardano';
import type { Deployment } from './deployment.js';
import { MERCHANT, type PayerFunds, PRICE, type SignedPayment } from './money.js';
import type { Random } from './random.js';

/** The habits of customers: what an honest one, or its network, might do. */
export const HABITS = [
  'waits',
  'asks without waiting',
  'hangs up and retries',
  'posts twice at once',
  'posts other bytes of the same transaction',
  'pays for two resources at once',
  'signs two payments from one output',
  'sends a rival past the facilitator',
  'submits its own payment too',
  'leaves little time',
] as const;

type Habit = (typeof HABITS)[number];

/** One request to pay: a transaction for a resource. */
export type Purchase = {
  readonly habit: Habit;
  readonly payment: SignedPayment;
  readonly resource: string;
  readonly required: number;
  /** Names the operation, if the customer does that. */
  readonly key?: string;
  /** The facilitator said that it has accepted it. */
  accepted: boolean;
  /** Successes that were delivered. */
  delivered: number;
  outcome: string | undefined;
};

/** A payment that the facilitator never saw, from an output of one that it did. */
export type Rival = { readonly txHash: TxHash; readonly input: string };

const ANSWER_TIMEOUT_MS = 15_000;
/** Deeper than any rollback of a run, so the answer for such a payment stays true. */
const SAFE_CONFIRMATIONS = 6;

/** Buys, and repeats each request until every purchase has an outcome or `over` fires. */
export class Customers {
  readonly purchases: Purchase[] = [];
  readonly rivals: Rival[] = [];
  /** Errors of a customer itself. */
  readonly errors: unknown[] = [];
  readonly answers = new Map<string, number>();
  readonly #deployment: Deployment;
  readonly #funds: PayerFunds;
  readonly #dice: Random;
  readonly #network: Network;
  readonly #over: AbortSignal;
  readonly #errands = new Set<Promise<void>>();
  #count = 0;

  constructor(options: { deployment: Deployment; funds: PayerFunds; random: Random; over: AbortSignal }) {
    this.#deployment = options.deployment;
    this.#funds = options.funds;
    this.#dice = options.random.fork('customers');
    this.#network = options.deployment.stack.network;
    this.#over = options.over;
  }

  /** Starts one more customer. */
  arrive(): void {
    const habit = this.#dice.pick(HABITS);
    const errand = this.#serve(habit, this.#dice.fork(`${this.#count++}`));
    this.#errands.add(errand);
    errand.then(
      () => this.#errands.delete(errand),
      (error: unknown) => {
        this.#errands.delete(errand);
        this.errors.push(error);
      },
    );
  }

  get busy(): number {
    return this.#errands.size;
  }

  async #serve(habit: Habit, dice: Random): Promise<void> {
    const source = this.#funds.take();
    const isUrgent = habit === 'leaves little time';
    const required =
      isUrgent || habit === 'sends a rival past the facilitator' ? SAFE_CONFIRMATIONS : dice.between(0, 3);
    const ttl = this.#funds.slot() + (isUrgent ? dice.between(6, 9) : 400);
    const payment = this.#funds.pay(source, ttl);
    const key = dice.next() < 0.3 ? `operation-${this.#count}` : undefined;
    const purchase = this.#open(habit, payment, required, key);
    const again = (other: string = payment.base64) => this.#settle(purchase, dice, other);
    switch (habit) {
      case 'waits':
      case 'leaves little time':
        return again();
      case 'asks without waiting':
        return this.#settle(purchase, dice, payment.base64, { prefer: 'respond-async' });
      case 'hangs up and retries':
        return this.#settle(purchase, dice, payment.base64, { hangUps: dice.between(1, 3) });
      case 'posts twice at once':
        return all(again(), again());
      case 'posts other bytes of the same transaction':
        return all(again(), again(payment.reencoded));
      case 'pays for two resources at once':
        return all(again(), this.#settle(this.#open(habit, payment, required), dice, payment.base64));
      case 'signs two payments from one output': {
        const other = this.#open(habit, this.#funds.pay(source, ttl, 1), required);
        return all(again(), this.#settle(other, dice, other.payment.base64));
      }
      case 'sends a rival past the facilitator': {
        const rival = this.#funds.divert(source);
        this.rivals.push({ txHash: rival.txHash, input: payment.input });
        return all(again(), this.#submitDirectly(rival.bytes, dice));
      }
      case 'submits its own payment too':
        return all(again(), this.#submitDirectly(payment.bytes, dice));
    }
  }

  #open(habit: Habit, payment: SignedPayment, required: number, key?: string): Purchase {
    const purchase: Purchase = {
      habit,
      payment,
      required,
      resource: `https://seller.example/${this.purchases.length}`,
      ...(key === undefined ? {} : { key }),
      accepted: false,
      delivered: 0,
      outcome: undefined,
    };
    this.purchases.push(purchase);
    return purchase;
  }

  async #submitDirectly(bytes: Uint8Array, dice: Random): Promise<void> {
    await sleep(dice.between(0, 1_500));
    // Sent once and never repeated: a payer has no reason to retry.
    await fetch(`${this.#deployment.stack.devnet.url}/tx/submit`, {
      method: 'POST',
      headers: { 'content-type': 'application/cbor' },
      body: Buffer.from(bytes),
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    }).catch(() => undefined);
  }

  async #settle(
    purchase: Purchase,
    dice: Random,
    transaction: string,
    { prefer, hangUps = 0 }: { readonly prefer?: string; readonly hangUps?: number } = {},
  ): Promise<void> {
    let left = hangUps;
    while (!this.#over.aborted) {
      const patienceMs = left > 0 ? dice.between(5, 400) : ANSWER_TIMEOUT_MS;
      left -= 1;
      const answer = await this.#ask(
        purchase,
        dice,
        transaction,
        prefer ?? `wait=${dice.between(1, 4)}`,
        patienceMs,
      );
      if (answer !== undefined && this.#isDone(purchase, answer)) return;
      await sleep(dice.between(100, 900));
    }
  }

  /** Any replica, as a load balancer would choose. No session ties a customer to one. */
  async #ask(
    { payment, resource, required, key }: Purchase,
    dice: Random,
    transaction: string,
    prefer: string,
    patienceMs: number,
  ): Promise<{ readonly status: number; readonly body: Record<string, unknown> } | undefined> {
    const { api } = this.#deployment.live;
    if (api.length === 0) return undefined;
    const requirements = {
      scheme: 'exact',
      network: this.#network,
      asset: 'lovelace',
      amount: String(PRICE),
      payTo: MERCHANT.address(networkIdOf(this.#network)),
      maxTimeoutSeconds: 600,
      extra: { confirmationPolicy: { l1Confirmations: required } },
    };
    try {
      const response = await fetch(`${dice.pick(api).url}/settle`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          prefer,
          ...(key === undefined ? {} : { 'idempotency-key': key }),
        },
        body: JSON.stringify({
          x402Version: 2,
          paymentPayload: {
            x402Version: 2,
            resource: { url: resource },
            accepted: requirements,
            payload: { transaction, nonce: payment.input },
          },
          paymentRequirements: requirements,
        }),
        signal: AbortSignal.timeout(patienceMs),
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    } catch {
      this.#note('no answer');
      return undefined;
    }
  }

  #isDone(purchase: Purchase, { status, body }: { status: number; body: Record<string, unknown> }): boolean {
    const reason = body.success === true ? 'success' : String(body.errorReason ?? body.error);
    this.#note(`${status} ${reason}`);
    if (status === 202) purchase.accepted = true;
    if (status === 503 || status === 202 || status >= 400) return false;
    if (body.success === true) {
      purchase.accepted = true;
      purchase.delivered += 1;
    } else if (body.transaction !== '' && reason !== 'duplicate_settlement') purchase.accepted = true;
    purchase.outcome ??= reason;
    return true;
  }

  #note(answer: string): void {
    this.answers.set(answer, (this.answers.get(answer) ?? 0) + 1);
  }
}

async function all(...errands: readonly Promise<void>[]): Promise<void> {
  await Promise.all(errands);
}
