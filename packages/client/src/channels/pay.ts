import type { PaymentRequirements } from '@x402/core/types';
import { DAY_MS } from '../payment/index.js';
import { fateOfTransaction } from '../purchase/index.js';
import { type NextPromise, nextPromise, withoutAnswer, withPending } from './counting.js';
import { openChannel, topUp } from './deposits.js';
import { depositPayload, voucherPayload } from './payloads.js';
import { atPosition, positionOf } from './position.js';
import type { ChannelRecord } from './record.js';
import type { Context } from './settings.js';
import { type ChannelTerms, channelTermsOf } from './terms.js';

/** A channel is in doubt, and another must not be opened until the chain shows what became of it. */
export class ChannelInDoubtError extends Error {
  override readonly name = 'ChannelInDoubtError';
  /** The channel whose opening is in doubt. */
  readonly channelId: string;

  constructor({ id, transaction }: ChannelRecord) {
    super(
      `the opening ${transaction?.txHash} of the channel ${id} may still be included: no other channel is opened until the ` +
        `chain shows its end, at the latest at ${new Date(transaction?.validToMs ?? 0).toISOString()}`,
    );
    this.channelId = id;
  }
}

/** How often a store that other processes share is looked at, and a chain that is slow. */
const LOOK_MS = 250;

type Step =
  | { readonly kind: 'pays'; readonly payload: Record<string, unknown> }
  /** Another request has the channel, or another channel is being opened. */
  | { readonly kind: 'waits'; readonly for: ChannelRecord }
  /** The records have changed: look again. */
  | { readonly kind: 'again' };

/** Makes the payload for a request: by a promise, and where the channel cannot cover it, with a deposit. */
export async function payFor(
  context: Context,
  requirements: PaymentRequirements,
  resource: string | null,
): Promise<Record<string, unknown>> {
  const terms = channelTermsOf(requirements, context);
  await context.iouKeys();
  const untilMs = context.now() + 2 * context.answerTimeoutMs;
  for (;;) {
    const step = await context.store.exclusively(() => attempt(context, terms, requirements, resource));
    if (step.kind === 'pays') return step.payload;
    if (step.kind === 'again') continue;
    if (context.now() >= untilMs) {
      if (step.for.transaction?.kind === 'opening') throw new ChannelInDoubtError(step.for);
      throw new Error(
        `the channel ${step.for.id} is paying for other requests, and their answers do not come`,
      );
    }
    await context.changed(LOOK_MS);
  }
}

async function attempt(
  context: Context,
  terms: ChannelTerms,
  requirements: PaymentRequirements,
  resource: string | null,
): Promise<Step> {
  const { store } = context;
  const records = await recentOf(context);
  const channel = channelFor(records, terms, context);
  if (channel === undefined) {
    for (const other of records.filter(isInDoubt)) {
      const resolved = await afterOpening(context, other);
      if (resolved === undefined) return { kind: 'waits', for: other };
      await store.save(resolved);
    }
    const opened = await openChannel(context, terms, requirements, await store.list());
    return pays(context, opened, terms, resource, 'deposit');
  }
  if (isInFlight(channel, context)) return { kind: 'waits', for: channel };
  const free = withoutAnswer(channel);
  const record = free.receiver === null ? { ...free, receiver: terms.receiver } : free;

  if (record.state === 'opening') {
    const resolved = await afterOpening(context, record);
    if (resolved !== undefined) {
      await store.save(resolved);
      return { kind: 'again' };
    }
    if (BigInt(record.count) + terms.amount > BigInt(record.capacity)) return { kind: 'waits', for: record };
    // The same bytes again.
    return pays(context, record, terms, resource, 'deposit');
  }
  const promise = nextPromise(record, terms.amount, resource);
  if (promise.amount <= BigInt(record.capacity)) return pays(context, record, terms, resource, 'voucher');

  const seen = await seenOnChain(context, record);
  if (seen.state !== 'open' || promise.amount <= BigInt(seen.capacity)) {
    await store.save(seen);
    return { kind: 'again' };
  }
  if (seen.transaction !== null) {
    const covered = BigInt(seen.capacity) + BigInt(seen.transaction.amount);
    if (seen.transaction.kind !== 'top-up' || promise.amount > covered) return { kind: 'waits', for: seen };
    return pays(context, seen, terms, resource, 'deposit');
  }
  const grown = await topUp(context, seen, terms, requirements, records);
  return pays(context, grown, terms, resource, 'deposit');
}

/** Records the promise, then makes its payload. */
async function pays(
  context: Context,
  record: ChannelRecord,
  { amount: price }: ChannelTerms,
  resource: string | null,
  by: 'voucher' | 'deposit',
): Promise<Step> {
  const next: NextPromise =
    by === 'deposit'
      ? { amount: BigInt(record.count) + price, isQuestion: false }
      : nextPromise(record, price, resource);
  const sent = withPending(record, { amount: next.amount, price }, resource, context.now());
  await context.store.save(sent);
  const keys = await context.iouKeys();
  const payload =
    by === 'deposit' ? depositPayload(sent, next.amount, keys) : voucherPayload(sent, next.amount, keys);
  return { kind: 'pays', payload };
}

/** The channel for these terms: the one that can pay most. */
function channelFor(
  records: readonly ChannelRecord[],
  terms: ChannelTerms,
  { payer, now }: Context,
): ChannelRecord | undefined {
  const room = ({ capacity, count }: ChannelRecord) => BigInt(capacity) - BigInt(count);
  return records
    .filter(
      (record) =>
        (record.state === 'open' || record.state === 'opening') &&
        record.iouKey !== null &&
        !isEnding(record, now()) &&
        record.payer === payer &&
        record.network === terms.network &&
        record.scriptHash === terms.scriptHash &&
        (record.receiver === null || record.receiver === terms.receiver) &&
        record.receiverAuthorizer === terms.receiverAuthorizer &&
        record.token === terms.token &&
        record.withdrawDelay === terms.withdrawDelay,
    )
    .toSorted((left, right) => (room(left) < room(right) ? 1 : -1))
    .at(0);
}

/** A transaction that ends it may be on its way. */
function isEnding({ transaction }: ChannelRecord, nowMs: number): boolean {
  if (transaction === null || transaction.kind === 'opening' || transaction.kind === 'top-up') return false;
  return nowMs <= transaction.validToMs;
}

function isInFlight({ pending }: ChannelRecord, { answerTimeoutMs, now }: Context): boolean {
  return pending !== null && now() < pending.sentAtMs + answerTimeoutMs;
}

/** Its opening may still be included, and nothing but a seller has said that it is. */
function isInDoubt({ state, transaction }: ChannelRecord): boolean {
  return (state === 'opening' || state === 'open') && transaction?.kind === 'opening';
}

/**
 * The record of a channel whose opening the chain decided: on the ledger, or never. `undefined` while it may still be
 * included.
 *
 * @throws ChainUnreachableError when the provider does not answer.
 */
async function afterOpening(context: Context, record: ChannelRecord): Promise<ChannelRecord | undefined> {
  const { wallet, now } = context;
  if (record.transaction === null) return record;
  const fate = await fateOfTransaction(record.transaction, wallet.chain, now());
  if (fate === 'possible') return undefined;
  if (fate === 'impossible') return { ...record, state: 'void', transaction: null, changedAtMs: now() };
  return atChain(context, { ...record, transaction: null });
}

async function atChain(context: Context, record: ChannelRecord): Promise<ChannelRecord> {
  const { chain } = context.wallet;
  const [position, parameters] = await Promise.all([positionOf(record, chain), chain.parameters()]);
  return atPosition(record, position, parameters, context.now());
}

/**
 * The record with what the chain shows, and without a transaction that the chain has decided. A top-up is decided as soon as
 * the channel is at another place than the one that it spends: another one then spends the new place.
 */
export async function seenOnChain(context: Context, record: ChannelRecord): Promise<ChannelRecord> {
  const { wallet, now } = context;
  if (record.transaction?.kind === 'opening') {
    const resolved = await afterOpening(context, record);
    if (resolved === undefined || resolved.state === 'void') return resolved ?? record;
    return resolved;
  }
  const seen = await atChain(context, record);
  if (seen.transaction === null) return seen;
  if (seen.ref !== record.ref) return { ...seen, transaction: null };
  const fate = await fateOfTransaction(seen.transaction, wallet.chain, now());
  return fate === 'possible' ? seen : { ...seen, transaction: null };
}

/** The records that still matter. What has ended and counts for no limit any more is forgotten. */
async function recentOf({ store, now }: Context): Promise<readonly ChannelRecord[]> {
  const records = await store.list();
  const isOld = ({ state, changedAtMs, spent }: ChannelRecord) =>
    (state === 'ended' || state === 'void') &&
    Math.max(changedAtMs, ...spent.map(({ atMs }) => atMs)) < now() - 2 * DAY_MS;
  await Promise.all(records.filter(isOld).map(({ id }) => store.remove(id)));
  return records.filter((record) => !isOld(record));
}
