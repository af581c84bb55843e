import { setTimeout as sleep } from 'node:timers/promises';
import type { Network, TxHash } from '@x402-facilitator/cardano';
import { networkIdOf } from '@x402-facilitator/cardano';
import type { AppProcess } from '@x402-facilitator/tools/stack';
import { type Deployment, RESUMING_KEY } from './deployment.js';
import type { Answer, Call, HistoryWriter } from './history.js';
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
  'delivers once and asks again',
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
  /** The buyer's name for the payment, of a seller that delivers once for each: it has a success again. */
  readonly resumes?: string;
};

/** A payment that the facilitator never saw, from an output of one that it did. */
export type Rival = { readonly txHash: TxHash; readonly input: string };

const ANSWER_TIMEOUT_MS = 15_000;
/** How often a payer that was told of a failure sends its own bytes again. */
const TRIES_AFTER_FAILURE = 4;
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
  readonly #history: HistoryWriter;
  readonly #over: AbortSignal;
  readonly #errands = new Set<Promise<void>>();
  #count = 0;

  constructor(options: {
    deployment: Deployment;
    funds: PayerFunds;
    random: Random;
    history: HistoryWriter;
    over: AbortSignal;
  }) {
    this.#history = options.history;
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

  /** Makes the call of a purchase once more. */
  async settleAgain(purchase: Purchase): Promise<void> {
    await this.#post(
      'settle',
      purchase,
      this.#dice,
      purchase.payment.base64,
      ANSWER_TIMEOUT_MS,
      headersOf(purchase),
    );
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
    if (habit === 'delivers once and asks again') {
      const resuming = { ...purchase, resumes: `payment_of_chaos_${this.#count}` };
      this.purchases.splice(this.purchases.indexOf(purchase), 1, resuming);
      await this.#settle(resuming, dice, payment.base64);
      return this.#settle(resuming, dice, payment.base64);
    }
    if (dice.next() < 0.5) await this.#verify(purchase, dice);
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
    };
    const { txHash: transaction, input } = payment;
    if (!this.purchases.some((other) => other.payment.txHash === transaction))
      this.#history.add({
        kind: 'payment',
        transaction,
        input,
        habit,
        isSentDirectly: habit === 'submits its own payment too',
      });
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

  /** Its payment is said to be impossible: a payer may find out whether that is so. */
  async #tryAfterFailure({ payment }: Purchase, dice: Random): Promise<void> {
    for (let count = 0; count < TRIES_AFTER_FAILURE && !this.#over.aborted; count += 1)
      await this.#submitDirectly(payment.bytes, dice);
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
      if (this.#deployment.live.api.length === 0) {
        await sleep(200);
        continue;
      }
      const answer = await this.#post('settle', purchase, dice, transaction, patienceMs, {
        prefer: prefer ?? `wait=${dice.between(1, 4)}`,
        ...headersOf(purchase),
      });
      this.#note(
        answer === undefined
          ? 'no answer'
          : `${answer.status} ${answer.isSuccess ? 'success' : answer.reason}`,
      );
      if (answer !== undefined && answer.status < 400 && answer.status !== 202) {
        if (answer.outcome === 'failed' || answer.outcome === 'expired')
          await this.#tryAfterFailure(purchase, dice);
        return;
      }
      if (dice.next() < 0.3) await this.#readStatus(purchase, dice);
      await sleep(dice.between(100, 900));
    }
  }

  async #verify(purchase: Purchase, dice: Random): Promise<void> {
    await this.#post('verify', purchase, dice, purchase.payment.base64, ANSWER_TIMEOUT_MS, {});
  }

  /** Any replica, as a load balancer would choose. No session ties a customer to one. */
  async #post(
    operation: 'verify' | 'settle',
    { payment, resource, required, key, resumes }: Purchase,
    dice: Random,
    transaction: string,
    patienceMs: number,
    headers: Readonly<Record<string, string>>,
  ): Promise<Answer | undefined> {
    const { api } = this.#deployment.live;
    if (api.length === 0) return undefined;
    const replica = dice.pick(api);
    const requirements = {
      scheme: 'exact',
      network: this.#network,
      asset: 'lovelace',
      amount: String(PRICE),
      payTo: MERCHANT.address(networkIdOf(this.#network)),
      maxTimeoutSeconds: 600,
      extra: { confirmationPolicy: { l1Confirmations: required } },
    };
    const about = {
      kind: 'call',
      operation,
      transaction: payment.txHash,
      replica: replica.process.name,
      resource,
      required,
      ...(key === undefined ? {} : { key }),
      ...(resumes === undefined ? {} : { resumes }),
    } as const;
    const extensions =
      resumes === undefined ? {} : { 'payment-identifier': { info: { required: false, id: resumes } } };
    return record(this.#history, about, () =>
      fetch(`${replica.url}/${operation}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(resumes === undefined ? {} : { authorization: `Bearer ${RESUMING_KEY}` }),
          ...headers,
        },
        body: JSON.stringify({
          x402Version: 2,
          paymentPayload: {
            x402Version: 2,
            resource: { url: resource },
            accepted: requirements,
            payload: { transaction, nonce: payment.input },
            extensions,
          },
          paymentRequirements: requirements,
        }),
        signal: AbortSignal.timeout(patienceMs),
      }),
    );
  }

  async #readStatus({ payment }: Purchase, dice: Random): Promise<void> {
    const { api } = this.#deployment.live;
    if (api.length > 0) await readStatus(this.#history, dice.pick(api), payment.txHash);
  }

  #note(answer: string): void {
    this.answers.set(answer, (this.answers.get(answer) ?? 0) + 1);
  }
}

async function all(...errands: readonly Promise<void>[]): Promise<void> {
  await Promise.all(errands);
}

function headersOf({ key }: Purchase): Readonly<Record<string, string>> {
  return key === undefined ? {} : { 'idempotency-key': key };
}

/** Asks a replica about a transaction, for the history. */
export function readStatus(
  history: HistoryWriter,
  { url, process: { name: replica } }: AppProcess,
  transaction: string,
): Promise<Answer | undefined> {
  return record(history, { kind: 'call', operation: 'status', transaction, replica }, () =>
    fetch(`${url}/status/${transaction}`, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) }),
  );
}

async function record(
  history: HistoryWriter,
  about: Omit<Call, 'beginMs' | 'endMs' | 'answer'>,
  ask: () => Promise<Response>,
): Promise<Answer | undefined> {
  const beginMs = history.now();
  const answer = await ask().then(readAnswer, () => undefined);
  history.add({ ...about, beginMs, endMs: history.now(), ...(answer === undefined ? {} : { answer }) });
  return answer;
}

/** `undefined` for an answer that was cut off. */
async function readAnswer(response: Response): Promise<Answer | undefined> {
  const body = (await response.json().catch(() => undefined)) as Record<string, unknown> | undefined;
  if (body === undefined) return undefined;
  const { success, isValid, errorReason, invalidReason, error, state, extra } = body;
  const isSuccess = success ?? isValid;
  const reason = errorReason ?? invalidReason ?? error;
  const details = { ...body, ...(extra as Record<string, unknown> | undefined) };
  const { status: outcome, confirmations } = details;
  return {
    status: response.status,
    ...(typeof isSuccess === 'boolean' ? { isSuccess } : {}),
    ...(typeof reason === 'string' ? { reason } : {}),
    ...(typeof outcome === 'string' ? { outcome } : {}),
    ...(typeof state === 'string' ? { state } : {}),
    ...(typeof confirmations === 'number' ? { confirmations } : {}),
  };
}
