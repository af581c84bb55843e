import type { PaymentRequirements } from '@x402/core/types';
import { type OutRefKey, outRefKey, parseOutRef } from '@x402-facilitator/cardano/ledger';
import { slotAt } from '../chain/index.js';
import { NotEnoughAdaError, type SignedChannelTransaction } from '../payment/index.js';
import { depositSizes } from './deposit-size.js';
import { channelAddressOf, opening } from './opening.js';
import { positionOf } from './position.js';
import { type ChannelRecord, recordedLoss, spentOn } from './record.js';
import type { Context } from './settings.js';
import { topUpOf, validatorFor } from './spends.js';
import type { ChannelTerms } from './terms.js';

/** So long a deposit may be included: as long its money is in doubt when no answer comes. */
const LEAST_VALID_MS = 20 * 60_000;

/**
 * Signs the opening of a channel and records it, before anyone sees it.
 *
 * @throws RefusedPaymentError when it would take more than the limits allow.
 */
export async function openChannel(
  context: Context,
  terms: ChannelTerms,
  requirements: PaymentRequirements,
  records: readonly ChannelRecord[],
): Promise<ChannelRecord> {
  const { wallet, payer, store, now } = context;
  const keys = await context.iouKeys();
  // Without it the channel could not be left alone.
  await validatorFor(context, terms);
  const spent = spentOn(records);
  const sellers = [terms.receiver, ...context.sellers];
  return inSizes(depositSizes(context, terms, terms.amount, spent), async (capacity) => {
    let opened: { readonly channelId: string; readonly deposit: bigint } | undefined;
    const signed = await wallet.signChannel({
      held: heldBy(records),
      allowance: { limits: context.limits, price: terms.token, sellers, spent },
      build: async (available, nowMs) => {
        const { ttl, validToMs } = validityOf(context, requirements, nowMs);
        const built = await opening(context, keys, terms, { capacity, available, ttl });
        opened = built;
        return { ...built, validToMs };
      },
    });
    if (opened === undefined) throw new Error('expected an opening, found none');
    const { channelId, deposit } = opened;
    const nowMs = now();
    const record: ChannelRecord = {
      version: 1,
      id: channelId,
      network: terms.network,
      scriptHash: terms.scriptHash,
      address: channelAddressOf(terms.scriptHash, terms.network).text,
      payer,
      iouKey: keys.keyOf(channelId).publicKey,
      receiver: terms.receiver,
      receiverAuthorizer: terms.receiverAuthorizer,
      token: terms.token,
      withdrawDelay: terms.withdrawDelay,
      sellers,
      referenceScript: terms.referenceScript,
      state: 'opening',
      ref: outRefKey({ txHash: signed.txHash, index: 0 }),
      toldRef: null,
      capacity: String(capacity),
      subbed: '0',
      count: '0',
      signed: '0',
      lostAnswers: 0,
      isRecovered: false,
      pending: null,
      doubt: null,
      transaction: recordedTransaction('opening', signed, deposit),
      spent: [{ atMs: nowMs, loss: recordedLoss(signed.loss) }],
      changedAtMs: nowMs,
    };
    await store.save(record);
    return record;
  });
}

/**
 * Signs a top-up of a channel at the position that the chain shows, and records it, before anyone sees it.
 *
 * @throws RefusedPaymentError when it would take more than the limits allow.
 */
export async function topUp(
  context: Context,
  record: ChannelRecord,
  terms: ChannelTerms,
  requirements: PaymentRequirements,
  records: readonly ChannelRecord[],
): Promise<ChannelRecord> {
  const { wallet, store, now } = context;
  const least = BigInt(record.count) + terms.amount - BigInt(record.capacity);
  const spent = spentOn(records);
  const sellers = [terms.receiver, ...context.sellers];
  const position = await positionOf(record, wallet.chain);
  if (position.kind !== 'found') throw new Error(`expected the channel at ${record.ref}, found none there`);
  const known = { ...record, referenceScript: terms.referenceScript ?? record.referenceScript };
  return inSizes(depositSizes(context, terms, least, spent), async (added) => {
    const signed = await wallet.signChannel({
      held: heldBy(records),
      allowance: { limits: context.limits, price: terms.token, sellers, spent },
      build: async (available, nowMs) => {
        const validity = validityOf(context, requirements, nowMs);
        const built = await topUpOf(context, known, { position, added, available, ttl: validity.ttl });
        return { ...built, validToMs: validity.validToMs };
      },
    });
    const nowMs = now();
    const grown: ChannelRecord = {
      ...known,
      transaction: recordedTransaction('top-up', signed, added),
      spent: [...record.spent, { atMs: nowMs, loss: recordedLoss(signed.loss) }],
      changedAtMs: nowMs,
    };
    await store.save(grown);
    return grown;
  });
}

/** A signed transaction, as a record keeps it. */
export function recordedTransaction(
  kind: NonNullable<ChannelRecord['transaction']>['kind'],
  { txHash, base64, inputs, ttl, validToMs }: SignedChannelTransaction,
  amount: bigint,
): NonNullable<ChannelRecord['transaction']> {
  return { kind, txHash, base64, inputs: [...inputs], amount: String(amount), ttl, validToMs };
}

/** Inputs of transactions that may still be included. */
export function heldBy(records: readonly ChannelRecord[]): ReadonlySet<OutRefKey> {
  return new Set(
    records
      .flatMap(({ transaction }) => transaction?.inputs ?? [])
      .filter((input) => parseOutRef(input) !== undefined),
  );
}

/** Tries sizes until the wallet can fund one. */
async function inSizes<T>(sizes: readonly bigint[], attempt: (size: bigint) => Promise<T>): Promise<T> {
  let failure: unknown;
  for (const size of sizes) {
    try {
      return await attempt(size);
    } catch (error) {
      if (!(error instanceof NotEnoughAdaError)) throw error;
      failure = error;
    }
  }
  throw failure;
}

function validityOf({ network }: Context, { maxTimeoutSeconds }: PaymentRequirements, nowMs: number) {
  const validToMs = nowMs + Math.max(LEAST_VALID_MS, maxTimeoutSeconds * 1000);
  return { validToMs, ttl: slotAt(network, validToMs) };
}
