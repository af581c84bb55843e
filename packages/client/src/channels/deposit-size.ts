import { LOVELACE } from '@x402-facilitator/cardano/ledger';
import { DAY_MS, type Spent } from '../payment/index.js';
import type { Context } from './settings.js';
import type { ChannelTerms } from './terms.js';

/** Kept free of a limit for the fee and for what outputs must hold beside the deposit. */
const ROOM_LOVELACE = 3_000_000n;
/** As many requests as the binding would see a deposit hold, where the wallet has less than the buyer's own setting. */
const FEWER_REQUESTS = 10n;

/**
 * What to lock, the most wanted first: for as many requests as the buyer says and the seller wishes, within the buyer's
 * limits; else for fewer, at last for this request alone.
 *
 * @param least what this request needs.
 */
export function depositSizes(
  { requestsPerDeposit, limits, sellers: own, now }: Context,
  { amount, minDeposit, token, receiver }: ChannelTerms,
  least: bigint,
  spent: readonly Spent[],
): readonly bigint[] {
  const wanted = larger(minDeposit, requestsPerDeposit * amount);
  const allowed = limits === 'unlimited' ? undefined : roomIn(limits[token]);
  const sizes = [wanted, FEWER_REQUESTS * amount, least]
    .map((size) => smaller(size, wanted))
    .map((size) => (allowed === undefined ? size : smaller(size, allowed)))
    .map((size) => larger(size, least));
  return [...new Set(sizes)].toSorted((left, right) => (left > right ? -1 : 1));

  function roomIn(limit: Exclude<Context['limits'], 'unlimited'>[string] | undefined): bigint | undefined {
    if (limit === undefined) return undefined;
    const today = spent.filter(({ atMs }) => atMs > now() - DAY_MS);
    const names = [receiver, ...own];
    const toSeller = today.filter(({ sellers }) => sellers.some((name) => names.includes(name)));
    const sumOf = (all: readonly Spent[]) => all.reduce((sum, { loss }) => sum + (loss.get(token) ?? 0n), 0n);
    const rooms = [
      limit.perPayment,
      limit.perDay === undefined ? undefined : limit.perDay - sumOf(today),
      limit.perSellerDay === undefined ? undefined : limit.perSellerDay - sumOf(toSeller),
    ].filter((room) => room !== undefined);
    const room = rooms.reduce<bigint | undefined>(
      (smallest, each) => (smallest === undefined || each < smallest ? each : smallest),
      undefined,
    );
    if (room === undefined) return undefined;
    return larger(room - (token === LOVELACE ? ROOM_LOVELACE : 0n), 0n);
  }
}

function smaller(left: bigint, right: bigint): bigint {
  return left < right ? left : right;
}

function larger(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}
