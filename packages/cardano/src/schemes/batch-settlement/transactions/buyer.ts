import { sum } from '../../../ledger/building/index.js';
import type { ChainOutput } from '../../../ledger/facts/index.js';
import { slotAt, slotStartMs } from '../../../ledger/network/index.js';
import { LOVELACE } from '../../../ledger/primitives/asset.js';
import { type OutRef, outRefKey } from '../../../ledger/primitives/out-ref.js';
import { type Slot, slot } from '../../../ledger/primitives/slot.js';
import { err, type Result } from '../../../result.js';
import { reserveOf } from '../channel/reserve.js';
import type { ChannelConstants, Stage } from '../codec/datum.js';
import { channelIdOf } from '../codec/iou.js';
import type { ChannelRedeemer } from '../codec/redeemer.js';
import { amountOf } from './amounts.js';
import { balance } from './balance.js';
import { type ChannelInput, channelInput, continued, hashOf, notThis } from './channel-input.js';
import type { BuildFailure, ChannelTransaction, ScriptContext, TransactionContext } from './transaction.js';
import { leastLovelace, type Output, validatorAddress, writtenAddress } from './write.js';

type Built = Result<ChannelTransaction, BuildFailure>;

/** A channel to open. */
export type OpeningPlan = TransactionContext & {
  /** The validator's hash, lowercase hex. */
  readonly scriptHash: string;
  /** One of `funding`: the channel's id is made from it. `channelIdOf` says it, so that the IOU key can be derived first. */
  readonly idInput: OutRef;
  readonly terms: Omit<ChannelConstants, 'tag'>;
  /** Units of the currency to lock. For ADA at least the reserve; a token's channel gets the reserve in ADA besides. */
  readonly amount: bigint;
};

/** A step of the consumer's alone. */
export type ConsumerPlan = ScriptContext & {
  /** The channel at its current position. */
  readonly channel: ChainOutput;
};

/** Something to add to a channel. */
export type TopUpPlan = ConsumerPlan & {
  /** Units of its currency, at least 1. */
  readonly amount: bigint;
};

/** A channel to close. It is closed from the end of the transaction's validity on. */
export type ClosePlan = ConsumerPlan & { readonly ttl: Slot };

/** A channel to end by the agreement of both. The channel is all that it spends, and pays the fee. */
export type RefundPlan = Omit<ConsumerPlan, 'funding'> & {
  /** bech32: where the seller is paid. */
  readonly payTo: string;
  /** What the seller gets, in units of the currency: 0 where it has claimed everything. */
  readonly share: bigint;
};

/**
 * Opens a channel at the validator's address without stake. No script runs: a key of each funding output signs.
 *
 * @returns `input` where `idInput` is not among the funding; `belowMinimum` (`channel`) where ADA is less than the reserve;
 *   `tooLittle`, `tooLarge`.
 * @example
 * const opening = buildOpening({ network, facts, funding, changeAddress, scriptHash, idInput: funding[0].outRef,
 *   terms: { currency: LOVELACE, iouKey, consumer, provider, closePeriodMs: 900_000n }, amount: 10_000_000n });
 */
export function buildOpening(plan: OpeningPlan): Built {
  const { scriptHash, idInput, terms, amount, ...context } = plan;
  if (!context.funding.some(({ outRef }) => outRefKey(outRef) === outRefKey(idInput)))
    return err({ kind: 'input', message: `expected ${outRefKey(idInput)} among the funding, found it not` });
  const { parameters } = context.facts;
  const constants: ChannelConstants = { ...terms, tag: channelIdOf(idInput) };
  const address = validatorAddress(scriptHash, context.network);
  const datum = { ownHash: scriptHash, constants };
  const reserve = reserveOf({ addressBytes: writtenAddress(address), datum }, parameters);
  if (terms.currency === LOVELACE && amount < reserve)
    return err({ kind: 'belowMinimum', output: 'channel', expected: reserve, found: amount });
  const value = amountOf(terms.currency, amount, reserve);
  const made: Output = { address, value, datum: { ...datum, stage: { kind: 'opened', subbed: 0n } } };
  return balance({ context, scriptHash, inputs: [], outputs: [made], requiredSigners: [] });
}

/**
 * Adds to an open channel: Main[Add]. The consumer signs.
 *
 * @returns `channel` where it is not open or nothing is added; `tooLittle`, `collateral` and the rest.
 * @example
 * const topUp = buildTopUp({ ...context, channel, amount: 5_000_000n });
 */
export function buildTopUp(plan: TopUpPlan): Built {
  const { amount } = plan;
  if (amount < 1n) return notThis(`expected at least 1 to add, found ${amount}`);
  return ofConsumer(plan, ['opened'], 'add', (input) => {
    const { output, channel } = input;
    const { currency } = channel.datum.constants;
    return [continued(input, channel.datum.stage, sum([output, amountOf(currency, amount, 0n)]))];
  });
}

/**
 * Closes an open channel: the consumer may leave alone a close period after `ttl`. The consumer signs.
 *
 * @example
 * const close = buildClose({ ...context, channel, ttl: slotAt(facts.timeline, Date.now() + 600_000) });
 */
export function buildClose(plan: ClosePlan): Built {
  return ofConsumer(plan, ['opened'], 'close', (input) => {
    const { stage, constants } = input.channel.datum;
    const elapseAtMs = BigInt(slotStartMs(plan.facts.timeline, plan.ttl)) + constants.closePeriodMs;
    const closed: Stage = {
      kind: 'closed',
      subbed: stage.kind === 'settled' ? 0n : stage.subbed,
      elapseAtMs,
    };
    return [continued(input, closed, input.output)];
  });
}

/**
 * Takes back what a settled channel holds. The consumer signs. `funding` may be empty: the channel's ADA pays the fee.
 *
 * @example
 * const end = buildEnd({ ...context, channel });
 */
export function buildEnd(plan: ConsumerPlan): Built {
  return ofConsumer(plan, ['settled'], 'end', () => []);
}

/**
 * Takes back everything that a closed channel holds, which was not settled in its close period. The consumer signs. It is
 * valid from the first slot that begins at `elapseAt` or later.
 *
 * @example
 * const elapse = buildElapse({ ...context, channel, funding: [] });
 */
export function buildElapse(plan: ConsumerPlan): Built {
  return ofConsumer(plan, ['closed'], 'elapse', () => []);
}

function ofConsumer(
  { channel: output, validator, collateral, ...context }: ConsumerPlan,
  stages: readonly Stage['kind'][],
  step: 'add' | 'close' | 'end' | 'elapse',
  outputsOf: (input: ChannelInput) => readonly Output[],
): Built {
  const scriptHash = hashOf(validator);
  const input = channelInput(output, scriptHash, stages);
  if (!input.ok) return input;
  const { stage, constants } = input.value.channel.datum;
  const redeemer: ChannelRedeemer = { kind: 'main', steps: [{ kind: step }] };
  const { timeline } = context.facts;
  return balance({
    context,
    scriptHash,
    inputs: [output],
    outputs: outputsOf(input.value),
    requiredSigners: [constants.consumer],
    ...(step === 'elapse' && stage.kind === 'closed'
      ? { validFrom: firstSlotFrom(timeline, stage.elapseAtMs) }
      : {}),
    script: { context: { validator, collateral }, redeemers: new Map([[input.value.channel.ref, redeemer]]) },
  });
}

function firstSlotFrom(timeline: TransactionContext['facts']['timeline'], posixMs: bigint): Slot {
  const running = slotAt(timeline, Number(posixMs));
  return BigInt(slotStartMs(timeline, running)) >= posixMs ? running : slot(running + 1);
}

/**
 * Ends a channel by the agreement of both: the seller's share to `payTo`, the rest less the fee to `changeAddress`. Consumer
 * and provider sign. The collateral is the consumer's.
 *
 * @returns `belowMinimum` (`share`) for a share in ADA that cannot stand alone: the seller claims it first.
 * @example
 * const refund = buildRefund({ ...context, channel, payTo, share: 0n });
 */
export function buildRefund(plan: RefundPlan): Built {
  const { channel: output, validator, collateral, payTo, share, ...rest } = plan;
  const scriptHash = hashOf(validator);
  const input = channelInput(output, scriptHash, ['opened', 'closed', 'settled']);
  if (!input.ok) return input;
  const { currency, consumer, provider } = input.value.channel.datum.constants;
  const { parameters } = plan.facts;
  const paid: Output = { address: payTo, value: amountOf(currency, share, 0n) };
  const least = leastLovelace(paid, parameters);
  if (share > 0n && currency === LOVELACE && share < least)
    return err({ kind: 'belowMinimum', output: 'share', expected: least, found: share });
  const value = amountOf(currency, share, least);
  return balance({
    context: { ...rest, funding: [] },
    scriptHash,
    inputs: [output],
    outputs: share > 0n ? [{ ...paid, value }] : [],
    requiredSigners: [...new Set([consumer, provider])].toSorted(),
    script: {
      context: { validator, collateral },
      redeemers: new Map([[input.value.channel.ref, { kind: 'mutual' }]]),
    },
  });
}
