import { type Amounts, subtract, sum } from '../../../ledger/building/index.js';
import type { ChainOutput, ProtocolParameters } from '../../../ledger/facts/index.js';
import { inLedgerOrder } from '../../../ledger/phase-1/scripts-in-play.js';
import { type AssetId, LOVELACE } from '../../../ledger/primitives/asset.js';
import { type OutRefKey, outRefKey } from '../../../ledger/primitives/out-ref.js';
import { err, ok, type Result } from '../../../result.js';
import { subbedOf } from '../channel/channel.js';
import type { Stage } from '../codec/datum.js';
import { isSignedIou } from '../codec/iou.js';
import type { ChannelRedeemer, Step } from '../codec/redeemer.js';
import { amountOf } from './amounts.js';
import { balance } from './balance.js';
import { type ChannelInput, channelInput, continued, hashOf, notThis } from './channel-input.js';
import type { BuildFailure, ChannelTransaction, ScriptContext } from './transaction.js';
import { leastLovelace, type Output } from './write.js';

/** What to redeem of one channel. */
export type ClaimedChannel = {
  /** The channel at its current position. Open: it is redeemed by Sub. Closed: it is settled. */
  readonly channel: ChainOutput;
  /** The latest IOU. */
  readonly iou: { readonly amount: bigint; readonly signature: string };
  /** What is redeemed of it in all, cumulative: above what was redeemed before, at most the IOU. A settle may redeem nothing. */
  readonly total: bigint;
};

/** Channels of one validator and one provider to redeem. */
export type ClaimPlan = ScriptContext & {
  readonly channels: readonly ClaimedChannel[];
  /** bech32: one output for ADA, and one for each token. */
  readonly payTo: string;
  /**
   * What to do when the output of ADA to `payTo` would be below min-UTxO: refuse, or add to it from `funding`. An output of
   * tokens always gets its ADA from `funding`.
   */
  readonly belowMinimum: 'refuse' | 'add';
  /** Earlier payouts at `payTo`, of ADA or of ADA and one token: spent, and put into the new ones. Their key must sign. */
  readonly fold?: readonly ChainOutput[] | undefined;
};

/** One channel, read and judged. */
type Line = ChannelInput & { readonly total: bigint; readonly taken: bigint; readonly step: Step };

/**
 * Redeems what a seller charged, on any number of channels: Main on the first with a Sub (open) or Settle (closed) for each,
 * Defer on the others. The provider signs.
 *
 * @returns `channel` where an IOU or a total does not hold; `belowMinimum` (`payout`) for ADA below min-UTxO of `payTo`, to
 *   wait with or to add to; `belowMinimum` (`channel`) where more is taken than the channel can pay; `tooLarge` or
 *   `tooManyUnits` for too many channels, to split; `tooLittle`, `collateral`, `input`.
 * @example
 * const claim = buildClaim({ ...context, channels: [{ channel, iou: { amount: 203_000n, signature }, total: 200_000n }],
 *   payTo, belowMinimum: 'refuse' });
 */
export function buildClaim(plan: ClaimPlan): Result<ChannelTransaction, BuildFailure> {
  const { channels, payTo, belowMinimum, fold = [], validator, collateral, ...context } = plan;
  const scriptHash = hashOf(validator);
  const lines = linesOf(channels, scriptHash);
  if (!lines.ok) return lines;
  const [first] = lines.value;
  if (first === undefined) return notThis('expected a channel to claim from, found none');
  const { provider } = first.channel.datum.constants;
  const stranger = lines.value.find(({ channel }) => channel.datum.constants.provider !== provider);
  if (stranger !== undefined)
    return notThis(`expected channels of the provider ${provider}, found one of another`);
  const { parameters } = context.facts;
  const outputs: Output[] = [];
  for (const line of lines.value) {
    const after = continuedBy(line);
    const least = leastLovelace(after, parameters);
    const found = after.value.lovelace;
    if (found < least) return err({ kind: 'belowMinimum', output: 'channel', expected: least, found });
    outputs.push(after);
  }
  const paid = payouts(lines.value, fold, { payTo, belowMinimum, parameters });
  if (!paid.ok) return paid;
  return balance({
    context,
    scriptHash,
    inputs: [...lines.value.map(({ output }) => output), ...fold],
    outputs: [...outputs, ...paid.value],
    requiredSigners: [provider],
    script: { context: { validator, collateral }, redeemers: redeemersOf(lines.value) },
  });
}

/** In the ledger's order. */
function linesOf(
  channels: readonly ClaimedChannel[],
  scriptHash: string,
): Result<readonly Line[], BuildFailure> {
  const lines = new Map<OutRefKey, Line>();
  for (const claimed of channels) {
    const line = lineOf(claimed, scriptHash);
    if (!line.ok) return line;
    const { ref } = line.value.channel;
    if (lines.has(ref)) return notThis(`expected each channel once, found ${ref} twice`);
    lines.set(ref, line.value);
  }
  const order = inLedgerOrder(channels.map(({ channel }) => channel.outRef));
  return ok(order.flatMap((ref) => lines.get(outRefKey(ref)) ?? []));
}

function lineOf(claimed: ClaimedChannel, scriptHash: string): Result<Line, BuildFailure> {
  const { iou, total } = claimed;
  const input = channelInput(claimed.channel, scriptHash, ['opened', 'closed']);
  if (!input.ok) return input;
  const { channel } = input.value;
  const { tag, iouKey } = channel.datum.constants;
  const isClosed = channel.datum.stage.kind === 'closed';
  const subbed = subbedOf(channel);
  const least = isClosed ? subbed : subbed + 1n;
  if (total < least || total > iou.amount)
    return notThis(`${channel.ref}: expected a total of ${least} to ${iou.amount}, found ${total}`);
  if (!isSignedIou({ tag, amount: iou.amount }, iouKey, iou.signature))
    return notThis(`${channel.ref}: expected the signature of an IOU for ${iou.amount}, found another`);
  const taken = total - subbed;
  if (taken > channel.held)
    return notThis(`${channel.ref}: expected at most ${channel.held} to take, found ${taken}`);
  const step: Step = { kind: isClosed ? 'settle' : 'sub', owed: iou.amount, signature: iou.signature };
  return ok({ ...input.value, total, taken, step });
}

function continuedBy(line: Line): Output {
  const { channel, output, taken, total } = line;
  const stage: Stage =
    channel.datum.stage.kind === 'closed' ? { kind: 'settled' } : { kind: 'opened', subbed: total };
  return continued(line, stage, subtract(output, amountOf(channel.datum.constants.currency, taken, 0n)));
}

function redeemersOf(lines: readonly Line[]): ReadonlyMap<OutRefKey, ChannelRedeemer> {
  const main: ChannelRedeemer = { kind: 'main', steps: lines.map(({ step }) => step) };
  return new Map(lines.map(({ channel }, at) => [channel.ref, at === 0 ? main : { kind: 'defer' }]));
}

/** One output for ADA, and one for each token, with what is folded into it. */
function payouts(
  lines: readonly Line[],
  fold: readonly ChainOutput[],
  on: Pick<ClaimPlan, 'payTo' | 'belowMinimum'> & { readonly parameters: ProtocolParameters },
): Result<readonly Output[], BuildFailure> {
  const byCurrency = new Map<AssetId, Amounts>();
  const add = (currency: AssetId, value: Amounts) =>
    byCurrency.set(currency, sum([byCurrency.get(currency) ?? NOTHING, value]));
  for (const { channel, taken } of lines) {
    const { currency } = channel.datum.constants;
    if (taken > 0n) add(currency, amountOf(currency, taken, 0n));
  }
  for (const output of fold) add([...output.assets.keys()][0] ?? LOVELACE, output);
  const outputs: Output[] = [];
  for (const [currency, value] of byCurrency) {
    const paid: Output = { address: on.payTo, value };
    const expected = leastLovelace(paid, on.parameters);
    const found = value.lovelace;
    if (currency === LOVELACE && found < expected && on.belowMinimum === 'refuse')
      return err({ kind: 'belowMinimum', output: 'payout', expected, found });
    outputs.push(found < expected ? { ...paid, value: { ...value, lovelace: expected } } : paid);
  }
  return ok(outputs);
}

const NOTHING: Amounts = { lovelace: 0n, assets: new Map() };
