import { type Network, type OutRef, parseAddress, parseOutRef } from '@x402-facilitator/cardano/ledger';
import type { ChannelWallet, SpendLimits } from '../payment/index.js';
import { deriveIouKeys, type IouKeys } from './iou-keys.js';
import { type ChannelRecord, type ChannelStore, memoryChannelStore } from './record.js';

/** What a buyer pays through channels with. */
export type ChannelOptions = {
  readonly wallet: ChannelWallet;
  /**
   * Hashes of the validators that it trusts with its money, lowercase hex. A validator decides who can spend a channel, so
   * there is no default.
   */
  readonly validators: readonly string[];
  /**
   * An output that carries each validator, `txHash#index` by its hash, for sellers that name none and for leaving a channel
   * that was found on the chain. Its bytes are proven by the hash.
   */
  readonly referenceScripts?: Readonly<Record<string, string>> | undefined;
  /** The most that one request may cost, by asset, in atomic units. An asset that is not named is not paid with. */
  readonly maxPrice: Readonly<Record<string, bigint>>;
  /**
   * What may leave the wallet, held against each opening and top-up: `perPayment` is the most that one of them locks. What
   * requests cost comes out of what is locked.
   */
  readonly limits: SpendLimits;
  /** For how many requests an opening and a top-up lock money. Default: 100. */
  readonly requestsPerDeposit?: number | undefined;
  /** Where the resources are, such as `https://shop.example`. A limit of `perSellerDay` needs it. */
  readonly seller?: string | undefined;
  /** Where channels are recorded. Default: memory, which the chain replaces only in part. */
  readonly store?: ChannelStore | undefined;
  /** The longest close period, in seconds: so long is the money locked when a seller is gone. Default: a day. */
  readonly maxWithdrawDelay?: number | undefined;
  /** How long an answer may take before it counts as lost. Meanwhile the channel pays for nothing else. Default: 60 s. */
  readonly answerTimeoutMs?: number | undefined;
  /** How many answers that never came one channel may be charged for. Each is one request's price. Default: 3. */
  readonly maxLostAnswers?: number | undefined;
  /** The clock, in POSIX milliseconds. */
  readonly now?: (() => number) | undefined;
};

/** The options with their defaults, and what the parts of the client share. */
export type Context = {
  readonly wallet: ChannelWallet;
  readonly network: Network;
  readonly validators: ReadonlySet<string>;
  readonly referenceScripts: ReadonlyMap<string, OutRef>;
  readonly maxPrice: Readonly<Record<string, bigint>>;
  readonly limits: SpendLimits;
  readonly requestsPerDeposit: bigint;
  readonly sellers: readonly string[];
  readonly store: ChannelStore;
  readonly maxWithdrawDelay: number;
  readonly answerTimeoutMs: number;
  readonly maxLostAnswers: number;
  readonly now: () => number;
  /** The hash of the wallet's payment key: the consumer of its channels. */
  readonly payer: string;
  iouKeys(): Promise<IouKeys>;
  /** Resolves when an answer has come, or after this time. */
  changed(timeoutMs: number): Promise<void>;
  /** Wakes those that wait for an answer. */
  tellChanged(): void;
};

const HASH = /^[0-9a-f]{56}$/;
const DAY_SECONDS = 86_400;
const ANSWER_TIMEOUT_MS = 60_000;
const REQUESTS_PER_DEPOSIT = 100;
const LOST_ANSWERS = 3;

/** @throws Error for options that make no sense, or a wallet that cannot be a channel's consumer. */
export function contextOf(options: ChannelOptions): Context {
  const { wallet, validators, limits, seller, now = Date.now } = options;
  const { requestsPerDeposit = REQUESTS_PER_DEPOSIT } = options;
  for (const hash of validators)
    if (!HASH.test(hash)) throw new Error(`expected the hash of a validator, 56 hex digits, found ${hash}`);
  if (!Number.isSafeInteger(requestsPerDeposit) || requestsPerDeposit < 1)
    throw new Error(`requestsPerDeposit: expected a positive integer, found ${requestsPerDeposit}`);
  if (
    seller === undefined &&
    limits !== 'unlimited' &&
    Object.values(limits).some(({ perSellerDay }) => perSellerDay !== undefined)
  )
    throw new Error('expected the `seller` that perSellerDay is for, found none');
  let derived: Promise<IouKeys> | undefined;
  const waiting = new Set<() => void>();
  return {
    wallet,
    network: wallet.network,
    validators: new Set(validators),
    referenceScripts: new Map(
      Object.entries(options.referenceScripts ?? {}).map(([hash, text]) => {
        const ref = parseOutRef(text);
        if (ref === undefined) throw new Error(`referenceScripts: expected txHash#index, found ${text}`);
        return [hash, ref];
      }),
    ),
    maxPrice: options.maxPrice,
    limits,
    requestsPerDeposit: BigInt(requestsPerDeposit),
    sellers: seller === undefined ? [] : [seller],
    store: options.store ?? memoryChannelStore(),
    maxWithdrawDelay: options.maxWithdrawDelay ?? DAY_SECONDS,
    answerTimeoutMs: options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS,
    maxLostAnswers: options.maxLostAnswers ?? LOST_ANSWERS,
    now,
    payer: payerOf(wallet.address),
    // Asked for when it is needed first: a wallet in a browser asks its owner.
    iouKeys: () => {
      derived ??= deriveIouKeys(wallet.keys, wallet.network).catch((error: unknown) => {
        derived = undefined;
        throw error;
      });
      return derived;
    },
    changed: (timeoutMs) =>
      new Promise((resolve) => {
        const wake = () => {
          waiting.delete(wake);
          clearTimeout(timer);
          resolve();
        };
        const timer = setTimeout(wake, timeoutMs);
        waiting.add(wake);
      }),
    tellChanged: () => {
      for (const wake of [...waiting]) wake();
    },
  };
}

function payerOf(address: string): string {
  const parsed = parseAddress(address);
  if (!parsed.ok || parsed.value.kind !== 'shelley' || parsed.value.payment.kind !== 'key')
    throw new Error(`expected a wallet with a payment key, found ${address}`);
  return parsed.value.payment.hash;
}

/** The record of a channel of this wallet. */
export async function recordOf({ store }: Context, id: string): Promise<ChannelRecord> {
  const found = (await store.list()).find((record) => record.id === id);
  if (found === undefined) throw new Error(`expected the id of a recorded channel, found ${id}`);
  return found;
}
